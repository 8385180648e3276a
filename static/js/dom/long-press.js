/** A finger or a pen that rests on something, and so asks for its menu. */

/** It rests for so long (ms), and moves less than so far (px). */
const LONG_PRESS = 500;
const LONG_PRESS_MOVES = 10;

/**
 * @param {HTMLElement} root
 * @param {(event: PointerEvent) => (() => void) | null} begin   a finger or a pen was put down: what a long
 *   press does there; null: nothing
 */
export function onLongPress(root, begin) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let [x, y] = [0, 0];
  let isLong = false;
  root.addEventListener("pointerdown", (event) => {
    clearTimeout(timer);
    isLong = false;
    const act = event.pointerType === "mouse" ? null : begin(event);
    if (!act) return;
    [x, y] = [event.clientX, event.clientY];
    timer = setTimeout(() => {
      isLong = true;
      act();
    }, LONG_PRESS);
  });
  root.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - x, clientY - y) > LONG_PRESS_MOVES) clearTimeout(timer);
  });
  // A finger that scrolls is cancelled; the page's own scrolling, as at each new message, ends no press.
  for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, () => clearTimeout(timer));
  // The finger that is lifted then presses nothing. A click by a key has no detail.
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (isLong && event.detail) event.stopImmediatePropagation();
  };
  root.addEventListener("click", onClick, { capture: true });
}
