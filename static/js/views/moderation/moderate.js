/**
 * Does what a moderator wants, and says what came of it.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Answer, Fields} from "../../conversation/moderator-acts.js"
 * @import {Person} from "../../types.js"
 */
import { requestAct } from "../../conversation/moderator-acts.js";
import { isolate, number, t } from "../../i18n/i18n.js";
import { barredText, moderationErrorText } from "../../i18n/moderation-texts.js";
import { showToast } from "../overlays/toast.js";

/**
 * @param {Chat} chat
 * @param {string} act   see `moderate` in docs/protocol.md
 * @param {Fields} [fields]
 * @param {string | ((answer: Answer) => string)} [done]   what is said then
 * @returns {Promise<boolean>} whether it is so now; what went wrong was said
 */
export async function moderate(chat, act, fields = {}, done = "") {
  if (act === "erase") showToast(t("moderation-erasing"));
  try {
    const answer = await requestAct(chat, act, fields);
    if (done) showToast(typeof done === "string" ? done : done(answer));
    return true;
  } catch (error) {
    showToast(moderationErrorText(/** @type {{code: string}} */ (error)));
    return false;
  }
}

/**
 * @param {Chat} chat
 * @param {Person} person   whose messages are deleted
 * @param {number} seconds   in which they were written, 0: everything
 */
export const erase = (chat, { id, name }, seconds) =>
  moderate(chat, "erase", { person: id, seconds }, ({ erased = 0, more = false }) =>
    more
      ? t("act-erase-part", { name: isolate(name), count: number(erased) })
      : barredText("erase", name, seconds),
  );

/** @param {Chat} chat @param {Person} person */
export const letIn = (chat, { id, name }) =>
  moderate(chat, "let_in", { person: id }, t("moderation-let-in-done", { name: isolate(name) }));
