/** How much of its limit a text leaves. */
import { number, t } from "../../i18n/i18n.js";
import { extras, use } from "../../lazy-modules.js";

/** The counter is shown from this part of the limit on. */
const COUNT_FROM = 0.9;

/** @param {HTMLOutputElement} counter @param {number} length @param {number} limit */
export function drawCounter(counter, length, limit) {
  const left = limit - length;
  const wasHidden = counter.hidden;
  counter.hidden = length < limit * COUNT_FROM;
  counter.toggleAttribute("data-over", left < 0);
  if (counter.hidden) counter.textContent = "";
  else if (left < 0) counter.textContent = t("over-limit", { n: -left, count: number(-left) });
  else counter.textContent = t("left-to-limit", { count: number(left) });
  if (counter.hidden && wasHidden) return;
  use(extras.announcer, ({ announceLeft }) => announceLeft(counter.hidden ? Infinity : left));
}
