/** A touch screen without a mouse: where a field has the focus, a keyboard covers half of the page. */
export const onTouch = matchMedia("(hover: none) and (pointer: coarse)");
