// Answers with the controls whose focus ring can't be seen as a whole. The last input must have been a key.
() => {
  const scope = document.querySelector("dialog[open]") ?? document.body;
  const wrong = [];
  for (const animation of document.getAnimations()) {
    if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish(); // a sheet may be on its way up
  }
  /** Where the ring of an element is drawn: on itself, or around the box that it fills. */
  const ringed = (element) =>
    [element, element.closest(".field-box")].find(
      (each) => each && getComputedStyle(each).outlineStyle !== "none",
    );
  /** How far beyond an element its content is painted (px), or nothing if everywhere. */
  const clipMargin = (element) => {
    const { overflow, overflowClipMargin, maskImage } = getComputedStyle(element);
    if (maskImage !== "none") return 0;
    if (overflow === "visible") return undefined;
    return overflow === "clip" ? Number.parseFloat(overflowClipMargin) : 0;
  };
  for (const element of scope.querySelectorAll("a[href], button, input, select, textarea, [tabindex]")) {
    if (element.disabled || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      continue;
    element.focus();
    element.scrollIntoView({ block: "center", inline: "center" });
    const name = element.id || element.dataset.tool || element.className || element.outerHTML.slice(0, 80);
    const ring = ringed(element);
    if (!ring) {
      wrong.push(`${name} has no ring`);
      continue;
    }
    const style = getComputedStyle(ring);
    const width = Number.parseFloat(style.outlineWidth);
    if (width < 2) wrong.push(`${name}: ${width} px`);
    const beyond = width + Number.parseFloat(style.outlineOffset) - 0.5;
    const box = ring.getBoundingClientRect();
    const inside = ({ left, right, top, bottom }, margin = 0) =>
      box.left - beyond >= left - margin &&
      box.right + beyond <= right + margin &&
      box.top - beyond >= top - margin &&
      box.bottom + beyond <= bottom + margin;
    const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    if (box.height < innerHeight / 2 && !inside(screen)) wrong.push(`${name}: its ring leaves the screen`);
    for (let parent = ring.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
      const margin = clipMargin(parent);
      if (margin === undefined || box.height >= parent.clientHeight) continue;
      if (!inside(parent.getBoundingClientRect(), margin))
        wrong.push(`${name}: its ring is cut off by ${parent.className || parent.id || parent.tagName}`);
    }
  }
  return wrong;
};
