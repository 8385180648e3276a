/**
 * What stands in the field of a room and isn't sent yet, with the message that it replies to, and pictures. Each tab
 * has its own, and the last one that was written is also there for the next tab.
 *
 * @import {Attachment, Post} from "../types.js"
 */
import { load, loadInTab, save, saveInTab } from "./web-storage.js";

/**
 * @param {string} kept   JSON, or the text alone, as earlier versions saved it
 * @returns {{text: string, reply?: Post["reply"], pictures?: Attachment[]}}
 */
function parsed(kept) {
  try {
    const { text, reply, pictures } = JSON.parse(kept);
    if (typeof text !== "string") return { text: kept };
    return { text, pictures, reply: typeof reply?.from?.name === "string" ? reply : undefined };
  } catch {
    return { text: kept };
  }
}

export class Draft {
  #key;
  /** As this tab last loaded or saved it. */
  #saved;

  /** @param {string} room */
  constructor(room) {
    this.#key = `wschat.draft.${room}`;
    this.#saved = loadInTab(this.#key) ?? load(this.#key) ?? "";
    const { text, reply, pictures = [] } = parsed(this.#saved);
    this.text = text;
    this.pictures = pictures;
    /** @type {Post["reply"]} not shown yet: only a welcome tells whether its message is still there */
    this.reply = reply;
  }

  /**
   * @param {string} text
   * @param {Post["reply"]} [reply]   a tab in which nothing was written saves nothing
   * @param {Attachment[]} [attached]   of which those are kept that are uploaded
   */
  save(text, reply = this.reply, attached = []) {
    const before = this.#saved;
    const uploaded = attached.filter(({ receipt }) => receipt);
    const pictures = uploaded.length ? uploaded : undefined;
    const draft = text || pictures ? JSON.stringify({ text, reply, pictures }) : "";
    if (draft === before) return;
    this.#saved = draft;
    saveInTab(this.#key, draft);
    const isAnothers = !draft && (load(this.#key) ?? before) !== before;
    if (!isAnothers) save(this.#key, draft);
  }
}
