/**
 * Goes to another room: one that the person has been in, or any that they name. Who was looking for a message is led to
 * the search for it.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Visited} from "../../storage/visited-rooms.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { MAIN_ROOM } from "../../base-path.js";
import { isComposing } from "../../dom/platform-keys.js";
import { isolate, number, t } from "../../i18n/i18n.js";
import { matchingRooms, shownName, visitedRooms } from "../../storage/visited-rooms.js";
import { roomNamed } from "../../text/room-names.js";
import { openDialog } from "../overlays/dialog.js";
import { addressOf } from "./share.js";

/** @typedef {{room: string, unread: number, isNew: boolean}} Option */

/**
 * @param {Visited[]} rooms
 * @param {string} query
 * @returns {Option[]} what is offered for a query: rooms that are known, then the one named so
 */
export function optionsFor(rooms, query) {
  const known = matchingRooms(rooms, query).map(({ room, unread }) => ({ room, unread, isNew: false }));
  const named = roomNamed(query);
  const isKnown = rooms.some(({ room }) =>
    [room, roomNamed(shownName(room))].some((name) => name.toLowerCase() === named.toLowerCase()),
  );
  return named && !isKnown ? [...known, { room: named, unread: 0, isNew: true }] : known;
}

/** What is written is searched for in messages instead. @type {Option} */
const SEARCH = { room: "", unread: 0, isNew: false };

class Switcher {
  #chat;
  #search;
  #query = "";
  #chosen = 0;
  /** @type {ReturnType<typeof openDialog> | undefined} */
  #handle;

  /** @param {Chat} chat @param {(text: string) => void} search   opens the search in messages */
  constructor(chat, search) {
    this.#chat = chat;
    this.#search = search;
  }

  open() {
    this.#chosen = this.#options.length > 1 ? 1 : 0; // the first is the room that one is in
    this.#handle = openDialog({
      name: "rooms",
      kind: "switcher",
      title: () => t("rooms-title"),
      body: () => this.#bodyView(),
    });
    /** @type {HTMLElement | null} */ (this.#handle.dialog.querySelector("input"))?.focus();
  }

  get #options() {
    const here = { room: this.#chat.state.room, at: Infinity, unread: 0 };
    const others = visitedRooms().filter(({ room }) => room !== here.room);
    const rooms = optionsFor(
      others.some(({ room }) => room === MAIN_ROOM) || here.room === MAIN_ROOM
        ? [here, ...others]
        : [here, ...others, { room: MAIN_ROOM, at: 0, unread: 0 }],
      this.#query,
    );
    return this.#query.trim() && this.#chat.state.me ? [...rooms, SEARCH] : rooms;
  }

  /** @param {Option | undefined} option */
  #go(option) {
    if (!option) return;
    this.#handle?.close();
    if (option === SEARCH) this.#search(this.#query.trim());
    else if (option.room !== this.#chat.state.room) location.assign(addressOf(option.room));
  }

  /** @param {Event} event */
  #onInput({ target }) {
    this.#query = /** @type {HTMLInputElement} */ (target).value;
    this.#chosen = 0;
    this.#handle?.draw();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { length } = this.#options;
    if (isComposing(event) || !length) return;
    if (event.key === "Enter") this.#go(this.#options[this.#chosen]);
    else if (event.key === "ArrowDown") this.#chosen = (this.#chosen + 1) % length;
    else if (event.key === "ArrowUp") this.#chosen = (this.#chosen + length - 1) % length;
    else return;
    event.preventDefault();
    this.#handle?.draw();
    document.getElementById(`room-${this.#chosen}`)?.scrollIntoView({ block: "nearest" });
  }

  #bodyView() {
    const options = this.#options;
    return html`
      <div class="dialog-body switcher-body">
        <input class="input" type="text" dir="auto" autocomplete="off" spellcheck="false" role="combobox" aria-expanded="true" aria-autocomplete="list"
          aria-controls="rooms" aria-activedescendant=${options.length ? `room-${this.#chosen}` : nothing} aria-label=${t("rooms-find")} placeholder=${t("rooms-find")}
          @input=${(/** @type {Event} */ event) => this.#onInput(event)} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#onKey(event)}>
        <ul class="rooms" id="rooms" role="listbox" aria-label=${t("rooms-title")}>${options.map((option, i) => this.#optionView(option, i))}</ul>
        ${options.some(({ room }) => room) ? nothing : html`<p class="dialog-hint" role="status">${t("refused-room_invalid")}</p>`}
        ${options.length === 1 && !this.#query ? html`<p class="dialog-hint">${t("share-other-hint")}</p>` : nothing}
      </div>`;
  }

  /** @param {Option} option @param {number} i */
  #optionView(option, i) {
    const { room, unread, isNew } = option;
    const name = isNew ? t("room-open", { room: isolate(room) }) : shownName(room);
    const text = option === SEARCH ? t("rooms-search", { text: isolate(this.#query.trim()) }) : name;
    const isHere = room === this.#chat.state.room;
    const badge = unread
      ? html`<span class="room-unread">${number(unread)}<span class="visually-hidden"> ${t("room-unread", { n: unread })}</span></span>`
      : nothing;
    return html`
      <li id=${`room-${i}`} class="room" role="option" aria-selected=${i === this.#chosen} ?data-unread=${unread > 0} @click=${() => this.#go(option)}>
        <bdi class="room-name">${text}</bdi>${isHere ? html`<span class="room-here">${t("room-here")}</span>` : badge}</li>`;
  }
}

/** @param {Chat} chat @param {(text: string) => void} search   opens the search in messages */
export const openSwitcher = (chat, search) => new Switcher(chat, search).open();
