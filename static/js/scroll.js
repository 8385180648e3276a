/**
 * Where the reader is in the list: stays at the end while they are there, keeps their place while they aren't, and asks
 * for more before they run out.
 */

/** Closer to the end than this (px) counts as being there. */
const AT_END = 100;
/** More is asked for when less than this (px) is left above or below. */
const MARGIN = 600;

/**
 * @param {HTMLElement} list   the element that scrolls
 * @param {object} on
 * @param {(following: boolean) => void} on.move   at each scroll, and when following begins or ends
 * @param {() => void} on.top   there is little left above
 * @param {() => void} on.bottom   there is little left below
 */
export function followScroll(list, on) {
  let following = true;
  let scheduled = false;

  const fromEnd = () => list.scrollHeight - list.clientHeight - list.scrollTop;

  function toEnd() {
    list.scrollTop = list.scrollHeight;
    following = true;
  }

  /** @returns {{element: Element, top: number} | null} the first thing that the reader sees */
  function anchor() {
    const top = list.getBoundingClientRect().top;
    for (const element of list.querySelectorAll("[data-key]")) {
      const box = element.getBoundingClientRect();
      if (box.bottom > top) return { element, top: box.top };
    }
    return null;
  }

  /** @param {() => void} draw   changes the list without moving what is being read */
  function keep(draw) {
    const held = following ? null : anchor();
    const key = held?.element.getAttribute("data-key");
    draw();
    if (following) return toEnd();
    if (!held || !key) return undefined;
    const now = held.element.isConnected
      ? held.element
      : list.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (now) list.scrollTop += now.getBoundingClientRect().top - held.top;
    return undefined;
  }

  function look() {
    scheduled = false;
    following = fromEnd() <= AT_END;
    on.move(following);
    if (list.scrollTop < MARGIN) on.top();
    if (fromEnd() < MARGIN) on.bottom();
  }

  list.addEventListener(
    "scroll",
    () => {
      if (scheduled) return;
      scheduled = true;
      requestAnimationFrame(look);
    },
    { passive: true },
  );

  function fit() {
    list.parentElement?.style.setProperty("--gutter", `${list.offsetWidth - list.clientWidth}px`);
    // A keyboard that opens or a field that grows makes the list shorter: the end stays in sight.
    if (following) toEnd();
  }
  fit();
  new ResizeObserver(fit).observe(list);

  return {
    keep,
    look,
    toEnd() {
      toEnd();
      look();
    },
    /** @param {Element} element @param {ScrollLogicalPosition} [block] */
    to(element, block = "center") {
      element.scrollIntoView({ block });
      look();
    },
    get following() {
      return following;
    },
  };
}
