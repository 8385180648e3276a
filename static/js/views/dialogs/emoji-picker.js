/**
 * Picks one emoji: a panel by the button that opened it, on a phone a sheet. Searched by its words in both languages.
 *
 * @import {Emoji} from "../../text/emoji.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { isComposing } from "../../dom/platform-keys.js";
import { LANGS, language, number, t } from "../../i18n/i18n.js";
import { keepRecent, recentEmoji } from "../../storage/recent-emoji.js";
import { emojiIn, search } from "../../text/emoji.js";
import { openDialog } from "../overlays/dialog.js";
import { withStyles } from "../overlays/late-styles.js";

/** A group for each of the data's, and the emoji that stands for it. */
const GROUPS = ["😀", "👋", "🐻", "🍔", "🚗", "⚽", "💡", "❤️", "🏁"];

/** @returns {Promise<Emoji[][][]>} in all languages, the page's first */
const emojiInAll = () =>
  Promise.all([language(), ...LANGS.filter((each) => each !== language())].map(emojiIn));

class EmojiPicker {
  /** @type {Emoji[][] | null} null: they are on their way */
  #groups = null;
  #failed = false;
  /** @type {Emoji[] | null} null: nothing is searched for */
  #found = null;
  #query = "";
  #recent = recentEmoji();
  #onPick;
  /** @type {ReturnType<typeof openDialog> | undefined} */
  #handle;

  /** @param {(emoji: string) => void} onPick */
  constructor(onPick) {
    this.#onPick = onPick;
  }

  /** @param {Element} anchor   the button that opens it @returns {HTMLDialogElement} */
  open(anchor) {
    const handle = openDialog({
      name: "emoji",
      kind: "picker",
      title: () => t("emoji-title"),
      body: () => this.#bodyView(),
    });
    this.#handle = handle;
    place(handle.dialog, anchor);
    handle.dialog.addEventListener("keydown", (event) => this.#onKey(event));
    if (!matchMedia("(pointer: coarse)").matches) this.#input?.focus();
    void this.#load();
    return handle.dialog;
  }

  get #input() {
    return /** @type {HTMLInputElement | null} */ (this.#handle?.dialog.querySelector(".picker-find"));
  }

  async #load() {
    this.#failed = false;
    this.#groups = await emojiIn(language()).catch(() => null);
    this.#failed = !this.#groups;
    this.#handle?.draw();
  }

  /** @param {string} query */
  async #search(query) {
    this.#query = query;
    if (!query.trim()) this.#found = null;
    else {
      const all = await emojiInAll().catch(() => null);
      if (this.#query !== query) return;
      this.#found = search(all ?? [this.#groups ?? []], query);
    }
    this.#handle?.draw();
  }

  /** @param {string} emoji */
  #pick(emoji) {
    keepRecent(emoji);
    this.#handle?.close();
    this.#onPick(emoji);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const dialog = /** @type {HTMLDialogElement} */ (this.#handle?.dialog);
    const all = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll(".picker-emoji")]);
    const active = /** @type {HTMLElement} */ (document.activeElement);
    if (active === this.#input) {
      if (isComposing(event)) return;
      if (event.key === "Enter" && this.#found?.length) this.#pick(this.#found[0][0]);
      else if (event.key === "ArrowDown") all[0]?.focus();
      else return;
    } else {
      const next = all.includes(active) ? neighbour(all, active, event.key) : undefined;
      if (next === null) this.#input?.focus();
      else if (next) next.focus();
      else return;
    }
    event.preventDefault();
  }

  #bodyView() {
    return html`
      <div class="picker-body">
        <input class="input picker-find" type="search" dir="auto" autocomplete="off" placeholder=${t("emoji-find")} aria-label=${t("emoji-find")}
          @input=${(/** @type {{target: HTMLInputElement}} */ { target }) => void this.#search(target.value)}>
        <div class="picker-list" tabindex="-1">${this.#listView()}</div>
        ${this.#found ? nothing : this.#groupsView()}
        <p class="visually-hidden" role="status">${this.#found ? t("emoji-found", { n: this.#found.length, count: number(this.#found.length) }) : nothing}</p>
      </div>`;
  }

  #listView() {
    if (this.#failed) {
      return html`<p class="picker-note">${t("emoji-failed")} · <button class="button-text" type="button" @click=${() => void this.#load()}>${t("again")}</button></p>`;
    }
    if (!this.#groups)
      return html`<p class="picker-note"><span class="spinner"></span>${t("history-loading")}</p>`;
    if (this.#found) {
      return this.#found.length
        ? this.#groupView("", this.#found)
        : html`<p class="picker-note">${t("emoji-none")}</p>`;
    }
    const names = new Map(this.#groups.flat().map((each) => [each[0], each]));
    const recent = this.#recent.flatMap((each) => [names.get(each)].filter((known) => known !== undefined));
    return [
      recent.length ? this.#groupView("emoji-recent", recent) : nothing,
      this.#groups.map((group, i) => this.#groupView(`emoji-group-${i}`, group)),
    ];
  }

  /** @param {string} title   id of it, or "" @param {Emoji[]} group */
  #groupView(title, group) {
    const pick = (/** @type {Event} */ { target }) => {
      const emoji = /** @type {Element} */ (target).closest(".picker-emoji")?.textContent;
      if (emoji) this.#pick(emoji);
    };
    return html`
      <section class="picker-group" data-group=${title} aria-label=${title ? t(title) : nothing}>
        ${title ? html`<h3 class="picker-title">${t(title)}</h3>` : nothing}
        <div class="picker-grid" @click=${pick}>${group.map(
          ([emoji, name], i) =>
            html`<button class="picker-emoji" type="button" tabindex=${i ? -1 : 0} aria-label=${name} title=${name}>${emoji}</button>`,
        )}</div>
      </section>`;
  }

  #groupsView() {
    const go = (/** @type {number} */ i) => {
      const section = this.#handle?.dialog.querySelector(`[data-group="emoji-group-${i}"]`);
      section?.scrollIntoView({ block: "start" });
      /** @type {HTMLElement | null | undefined} */ (section?.querySelector(".picker-emoji"))?.focus({
        preventScroll: true,
      });
    };
    return html`<div class="picker-groups">${GROUPS.map(
      (emoji, i) =>
        html`<button class="picker-tab" type="button" aria-label=${t(`emoji-group-${i}`)} title=${t(`emoji-group-${i}`)} @click=${() => go(i)}>${emoji}</button>`,
    )}</div>`;
  }
}

/** As in the style sheet (px); where there is less room above the anchor, the panel covers it. */
const HEIGHT = 416;

/** @param {HTMLElement} dialog @param {Element} anchor   it opens above, its end at the anchor's end */
function place(dialog, anchor) {
  const box = anchor.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(dialog).direction === "rtl";
  const end = isRightToLeft ? box.left : innerWidth - box.right;
  dialog.style.setProperty("--picker-end", `${Math.max(8, end)}px`);
  const height = Math.min(HEIGHT, innerHeight - 16);
  dialog.style.setProperty(
    "--picker-bottom",
    `${Math.min(innerHeight - box.top, innerHeight - height - 16) + 8}px`,
  );
}

/**
 * @param {HTMLElement[]} all   in the order of reading
 * @param {HTMLElement} active
 * @param {string} key
 * @returns {HTMLElement | null | undefined} where the key leads; null: out at the top; undefined: it is no such key
 */
function neighbour(all, active, key) {
  const at = all.indexOf(active);
  if (key === "ArrowRight") return all[at + 1] ?? active;
  if (key === "ArrowLeft") return all[at - 1] ?? null;
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  const box = active.getBoundingClientRect();
  if (key === "ArrowDown")
    return nearestInRow(all.slice(at + 1), box, (each) => each.top > box.top + 1) ?? active;
  if (key === "ArrowUp")
    return nearestInRow(all.slice(0, at).reverse(), box, (each) => each.top < box.top - 1);
  return undefined;
}

/**
 * @param {HTMLElement[]} candidates   the nearest first
 * @param {DOMRect} from
 * @param {(box: DOMRect) => boolean} isBeyond   whether one is in another row, in the right direction
 * @returns {HTMLElement | null} of the first such row, the one straight on, or the last before it
 */
function nearestInRow(candidates, from, isBeyond) {
  /** @type {HTMLElement | null} */
  let best = null;
  let row = NaN;
  let distance = Infinity;
  for (const each of candidates) {
    const box = each.getBoundingClientRect();
    if (!isBeyond(box)) continue;
    if (Number.isNaN(row)) row = box.top;
    if (Math.abs(box.top - row) > 1) break;
    const off = Math.abs(box.left - from.left);
    if (off < distance) [best, distance] = [each, off];
  }
  return best;
}

/**
 * @param {{anchor: Element, onPick: (emoji: string) => void}} options
 * @returns {Promise<HTMLDialogElement>}
 */
export const openEmojiPicker = ({ anchor, onPick }) =>
  withStyles("picker", () => new EmojiPicker(onPick).open(anchor));
