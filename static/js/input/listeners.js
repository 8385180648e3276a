/**
 * What a person does on the page with keys, pointer and touch. The code for it is fetched when it is first wanted; only
 * what must be kept from the browser at once is here.
 *
 * @import {Chat} from "../conversation/chat.js"
 * @import {Dialogs} from "../views/header/header-dialogs.js"
 */

import { isApple, isComposing, placeOf } from "../dom/platform-keys.js";
import { isSelected } from "../dom/selection.js";
import { sayWhatIsMissing } from "../dom/validity.js";
import { t } from "../i18n/i18n.js";
import { extras, tell, tellNotLoaded, use, useOnFirst, useOrTell } from "../lazy-modules.js";

const always = () => true;

/**
 * @typedef {object} Dependencies
 * @property {Chat} chat
 * @property {HTMLElement} list
 * @property {HTMLTextAreaElement} field
 * @property {Dialogs} dialogs
 * @property {() => Promise<void>} toEnd   goes to the end of the list
 */

/** Keys that reach a message, its links and itself again; Shift and an input method's own only precede a letter. */
const REACHING = /^(Tab|Arrow|Home$|End$|Page|Enter$|Escape$)/;

/** @param {Dependencies} deps */
export function listenToPerson(deps) {
  takeTyping(deps.field);
  listenToKeys(deps);
  listenToMessages(deps);
  listenToRightClicks(deps);
  keepFilesOut();
  sayWhatIsMissing();
  const { chat, field } = deps;
  const isMention = () => field.value.includes("@");
  useOnFirst(field, "input", isMention, extras.mentionList, ({ MentionList }) => {
    new MentionList(chat, field).update();
  });
  const emoji = document.getElementById("emoji");
  emoji?.addEventListener("click", () => void pickEmoji(emoji, field).catch(tellNotLoaded));
}

/** @param {KeyboardEvent} event @returns {boolean} whether it writes a letter, and nothing else takes it */
function isTyping(event) {
  const { key, target, ctrlKey, metaKey, altKey, defaultPrevented } = event;
  if (defaultPrevented || isComposing(event) || ctrlKey || metaKey || altKey) return false;
  if ([...key].length !== 1 || key === " " || key === "?" || document.querySelector("dialog[open]"))
    return false;
  return target instanceof Element && !target.matches("input, textarea, select");
}

/**
 * Who types after a click somewhere in the page means the field. A message that was reached by keys has keys
 * of its own.
 *
 * @param {HTMLTextAreaElement} field
 */
function takeTyping(field) {
  let isPointed = false;
  addEventListener("pointerdown", () => {
    isPointed = true;
  });
  document.addEventListener("keydown", (event) => {
    if (REACHING.test(event.key)) isPointed = false;
    const isMessage = event.target instanceof Element && event.target.matches(".list article");
    if (isTyping(event) && (isPointed || !isMessage) && !field.disabled) field.focus({ preventScroll: true });
  });
}

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether its key may be one of the page's
 */
const isCommand = ({ ctrlKey, metaKey, altKey }) =>
  (isApple ? metaKey && !ctrlKey : ctrlKey || metaKey) && !altKey;

/** @param {KeyboardEvent} event @returns {string} its key, with Shift unless that only writes the slash */
const keyOf = (event) => (event.shiftKey && event.key !== "/" ? "Shift " : "") + placeOf(event);

const showShortcuts = () => useOrTell(extras.shortcuts, ({ openShortcuts }) => openShortcuts());

/** @param {Dependencies} deps */
function listenToKeys({ chat, list, field, dialogs, toEnd }) {
  const isUncovered = () => !document.querySelector("dialog[open]");
  useOnFirst(document, "keydown", isUncovered, extras.keyboard, (keyboard, ...events) => {
    const onKey = keyboard.handleKeys({ chat, list, field, toEnd, showShortcuts });
    for (const event of events) onKey(/** @type {KeyboardEvent} */ (event));
  });
  document.addEventListener("keydown", (event) => {
    if (!isCommand(event) || isComposing(event) || !isUncovered()) return;
    const act = shortcutsIn(dialogs, field, event.target === field)[keyOf(event)];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/**
 * @param {Dialogs} dialogs
 * @param {HTMLTextAreaElement} field
 * @param {boolean} isInField
 * @returns {Record<string, () => void>} what keys do with Ctrl; by their `keyOf`
 */
function shortcutsIn(dialogs, field, isInField) {
  const emphasize = (/** @type {string} */ mark) =>
    useOrTell(extras.insertText, ({ writeAround }) => writeAround(field, mark));
  return {
    KeyK: dialogs.rooms,
    "Shift KeyF": dialogs.search,
    Slash: showShortcuts,
    ...(isInField && { KeyB: () => emphasize("**"), KeyI: () => emphasize("_") }),
  };
}

/** @param {Dependencies} deps */
function listenToMessages({ chat, list, field }) {
  // A finger that rests on a message is heard from its beginning.
  if (matchMedia("(any-pointer: coarse)").matches)
    use(extras.messageButtons, ({ menuFor }) => menuFor({ list, chat, field }));
  for (const type of ["pointerover", "focusin", "click"]) {
    useOnFirst(list, type, always, extras.messageButtons, ({ menuFor }, event) =>
      menuFor({ list, chat, field }).hear(event),
    );
  }
  const isInList = () => list.contains(getSelection()?.anchorNode ?? null);
  useOnFirst(document, "selectionchange", isInList, extras.copyMessages, ({ listenToCopying }) =>
    listenToCopying({ list, chat }),
  );
  useOnFirst(list, "focusin", always, extras.copyMessages, ({ listenToCopying }) =>
    listenToCopying({ list, chat }),
  );
}

/**
 * A right click opens the menu of a message, also while that is fetched. The browser's own menu stays for links, for
 * selected text, and with Shift.
 *
 * @param {Dependencies} deps
 */
function listenToRightClicks({ chat, list, field }) {
  let wasSelected = false; // what was pressed: a right click may select a word by itself
  list.addEventListener("pointerdown", ({ target }) => {
    wasSelected = isSelected(/** @type {Node} */ (target));
  });
  list.addEventListener("contextmenu", (/** @type {MouseEvent & {pointerType?: string}} */ event) => {
    const { pointerType = "mouse", button, shiftKey, clientX, clientY } = event;
    const target = /** @type {Element} */ (event.target);
    const article = /** @type {HTMLElement | null} */ (target.closest("article:not([data-deleted])"));
    const isClick = pointerType === "mouse" || (pointerType === "pen" && button === 2); // the button of a pen
    const isNative = !isClick || shiftKey || wasSelected || target.closest("a");
    if (!article || isNative) return;
    event.preventDefault();
    useOrTell(extras.messageButtons, ({ menuFor }) =>
      menuFor({ chat, list, field }).open(article, new DOMRect(clientX, clientY), target),
    );
  });
}

/** @param {Element} anchor @param {HTMLTextAreaElement} field */
async function pickEmoji(anchor, field) {
  const [{ openEmojiPicker }, { write }] = await Promise.all([extras.emojiPicker(), extras.insertText()]);
  void openEmojiPicker({ anchor, onPick: (emoji) => write(field, emoji) });
}

/** A file that is dropped or pasted doesn't take the place of the chat, and isn't swallowed either. */
function keepFilesOut() {
  for (const type of /** @type {const} */ (["dragover", "drop", "paste"])) {
    document.addEventListener(type, (event) => {
      const data = "dataTransfer" in event ? event.dataTransfer : event.clipboardData;
      if (!data?.types.includes("Files") || (type === "paste" && data.types.includes("text/plain"))) return;
      event.preventDefault();
      if (type !== "dragover") tell(t("no-files"));
    });
  }
}
