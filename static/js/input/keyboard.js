/**
 * The keyboard shortcuts of the page. The list is one stop of the Tab key, and so is a button in one of its lines.
 * Arrows move between its messages, Enter goes into a message (its links and buttons become stops), Esc leaves it, or
 * such a button, and a second Esc goes to the end of the list.
 *
 * @import {Chat} from "../conversation/chat.js"
 * @import {MessageButtons} from "../views/message-menu/message-buttons.js"
 */
import { isComposing } from "../dom/platform-keys.js";
import { editLast } from "../views/message-menu/message-actions.js";
import { menuFor } from "../views/message-menu/message-buttons.js";

const STOPS = "a[href], button";
/** The field is a few lines high: its keys for pages turn those of the list, by this part of its height. */
const PAGES = /** @type {Record<string, number>} */ ({ PageUp: -0.9, PageDown: 0.9 });

/** @param {KeyboardEvent} event @returns {boolean} whether it writes something */
const isLetter = ({ key, ctrlKey, metaKey, altKey }) =>
  [...key].length === 1 && key !== " " && !(ctrlKey || metaKey || altKey);

/** @param {HTMLElement} list @returns {HTMLElement[]} */
const messagesIn = (list) => [...list.querySelectorAll("article")];

/** @param {HTMLElement} list */
const current = (list) =>
  /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".list article")) ??
  nearest(list);

/**
 * @param {HTMLElement} list
 * @returns {HTMLElement | null} the last visible message, where reading back begins
 */
function nearest(list) {
  const bottom = list.getBoundingClientRect().bottom;
  return messagesIn(list).findLast((article) => article.getBoundingClientRect().top < bottom) ?? null;
}

/** @param {HTMLElement | null | undefined} article */
function go(article) {
  article?.focus({ preventScroll: true });
  article?.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement} article @param {boolean} within   whether Tab stops at its links and buttons */
function enter(article, within) {
  const inside = [...article.querySelectorAll(STOPS)];
  for (const each of inside) each.setAttribute("tabindex", within ? "0" : "-1");
  if (within) /** @type {HTMLElement | undefined} */ (inside[0])?.focus();
  else article.focus();
}

/**
 * @param {Element | null} inside   what has the focus: of a message, or of a line between messages
 * @param {HTMLElement} list
 */
function leave(inside, list) {
  const article = /** @type {HTMLElement | null | undefined} */ (inside?.closest("article"));
  if (article) enter(article, false);
  else list.focus({ preventScroll: true });
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} list
 * @param {MessageButtons} menu
 * @returns {boolean} whether the list handled the key
 */
function onListKey(event, list, menu) {
  const active = document.activeElement;
  const article = current(list);
  const articles = messagesIn(list);
  const at = article ? articles.indexOf(article) : -1;
  const isEntered = active !== list && active?.tagName !== "ARTICLE";
  if (event.key === "Escape" && isEntered) leave(active, list);
  else if (isEntered) return false;
  else if (event.key === "ArrowUp") go(active === list ? article : articles[Math.max(0, at - 1)]);
  else if (event.key === "ArrowDown")
    go(active === list ? article : articles[Math.min(articles.length - 1, at + 1)]);
  else if (event.key === "Home") go(articles[0]);
  else if (event.key === "End") go(articles.at(-1));
  else if (!article || active !== article) return false;
  else if (menu.onKey(event, article)) return handled(event);
  else if (event.key === "Enter") enter(article, true);
  else return false;
  return handled(event);
}

/** @param {KeyboardEvent} event @returns {true} */
function handled(event) {
  event.preventDefault();
  return true;
}

/**
 * @param {object} page
 * @param {Chat} page.chat
 * @param {HTMLElement} page.list
 * @param {HTMLTextAreaElement} page.field
 * @param {() => Promise<void>} page.toEnd   goes to the end of the list
 * @param {() => void} page.showShortcuts
 * @returns {(event: KeyboardEvent) => void} handles a key
 */
export function handleKeys({ chat, list, field, toEnd, showShortcuts }) {
  const menu = menuFor({ chat, list, field });
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || isComposing(event) || document.querySelector("dialog[open]")) return;
    if (target !== field && target.matches("input, textarea, select")) return; // it has keys of its own
    if (list.contains(target) && onListKey(event, list, menu)) return;
    if (event.key === "Escape" && chat.state.subject) {
      chat.dispatch({ type: "subject-set", subject: null });
      field.focus({ preventScroll: true });
    } else if (event.key === "Escape") {
      void toEnd();
      field.focus({ preventScroll: true });
    } else if (event.key === "?" && target !== field) {
      showShortcuts();
    } else if (target === field && PAGES[event.key] && !event.shiftKey) {
      event.preventDefault();
      list.scrollBy({ top: PAGES[event.key] * list.clientHeight });
    } else if (event.key === "ArrowUp" && target === field && !field.value) {
      event.preventDefault();
      if (event.shiftKey || !editLast(chat, field)) go(nearest(list));
    } else if (isLetter(event) && list.contains(target)) {
      field.focus({ preventScroll: true });
    }
  }
  document.addEventListener("keydown", onKey);
  return onKey;
}

// When the focus leaves a message, Tab no longer stops inside it.
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const article = /** @type {HTMLElement} */ (target).closest?.(".list article");
  if (!article || article === target || article.contains(/** @type {Node | null} */ (relatedTarget))) return;
  for (const each of article.querySelectorAll(STOPS)) each.setAttribute("tabindex", "-1");
});
