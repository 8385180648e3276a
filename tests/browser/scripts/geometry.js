// Answers with what is wrong with the geometry of what is on the screen.
() => {
  const wrong = [];
  const box = (element) => element.getBoundingClientRect();
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box(element).width > 1;
  const name = (element) => element.id || element.className || element.tagName;
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) wrong.push(`the page is ${root.scrollWidth} wide`);
  if (root.scrollHeight > innerHeight) wrong.push(`the page is ${root.scrollHeight} high`);
  const scope = document.querySelector("dialog[open]") ?? document.body;
  const parts = ["bar", "strip", "list", "below", "composer", "people"]
    .map((id) => document.getElementById(id))
    .filter(seen);
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const apart = (elements) => {
    for (const [i, a] of elements.entries()) {
      for (const b of elements.slice(i + 1)) {
        if (a.contains(b) || b.contains(a)) continue;
        if (overlap(box(a), box(b))) wrong.push(`${name(a)} and ${name(b)} overlap`);
      }
    }
  };
  apart(parts);
  const controls = [...scope.querySelectorAll("button, input, select, textarea")].filter(seen);
  apart(controls.filter((each) => !each.closest(".list") && !each.matches(".to-end")));
  for (const each of [
    ...parts,
    ...controls.filter((control) => !control.closest(".list, .people-list, dialog")),
  ]) {
    const { left, right, top, bottom } = box(each);
    if (left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1)
      wrong.push(`${name(each)} leaves the screen`);
  }
  for (const each of scope.querySelectorAll(
    "button, .strip-line, .bar-title, .text:not([data-folded]), .dialog, .line, .byline",
  )) {
    if (!seen(each) || each.matches(".bar-title, .bar-topic")) continue;
    if (each.scrollWidth > each.clientWidth + 1 && !each.querySelector("pre"))
      wrong.push(`${name(each)} is cut`);
  }
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    const { left, right, top, bottom } = box(dialog);
    if (left < 0 || right > innerWidth || top < 0 || bottom > innerHeight)
      wrong.push("the dialog leaves the screen");
    for (const each of [dialog, ...dialog.querySelectorAll(".dialog-body")])
      if (each.scrollWidth > each.clientWidth) wrong.push(`${name(each)} scrolls sideways`);
  }
  const article = document.querySelector(".message");
  const composer = document.getElementById("composer");
  if (article && Math.abs(box(article).left - box(composer).left) > 1)
    wrong.push("the field isn't below the messages");
  const list = document.getElementById("list");
  if (list.scrollWidth > list.clientWidth) wrong.push("the list scrolls sideways");
  if (!document.querySelector("dialog[open]") && box(list).height < 60)
    wrong.push(`the list is ${box(list).height} high`);
  return wrong;
};
