/**
 * What this browser remembers of a room: how far the person has read, and how they have reacted. All tabs share it.
 *
 * @import {PageEvent, State} from "../types.js"
 */
import { loadJson, onSavedElsewhere, save } from "./web-storage.js";

/** How far the person has read is saved this long after it changed (ms), also for their other tabs. */
const SAVE_READ_AFTER = 500;

export class RoomMemory {
  #readKey;
  #reactedKey;
  #state;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} room
   * @param {() => State} state   as it is now
   * @param {(event: PageEvent) => void} onOtherTab   another tab has got further
   */
  constructor(room, state, onOtherTab) {
    this.#readKey = `wschat.read.${room}`;
    this.#reactedKey = `wschat.reacted.${room}`;
    this.#state = state;
    addEventListener("pagehide", () => this.#saveRead());
    document.addEventListener("visibilitychange", () => this.#saveRead());
    onSavedElsewhere(this.#readKey, () => {
      const read = loadJson(this.#readKey);
      if (read) onOtherTab({ type: "read-elsewhere", ...read });
    });
    onSavedElsewhere(this.#reactedKey, () =>
      onOtherTab({ type: "reacted-elsewhere", reacted: loadJson(this.#reactedKey) }),
    );
  }

  load() {
    return { read: loadJson(this.#readKey) ?? undefined, reacted: loadJson(this.#reactedKey) ?? undefined };
  }

  /** @param {State} state @param {State} before */
  update(state, before) {
    const { position, me, reacted: all } = state;
    const isNewLog = before.position && position?.epoch !== before.position.epoch; // perhaps with the same numbers
    if (state.read !== before.read || isNewLog)
      this.#timer ??= setTimeout(() => this.#saveRead(), SAVE_READ_AFTER);
    // Only what was done here is saved: another tab may be in a newer log, or somebody else's, and goes on meanwhile.
    const isOwn = state.changes !== before.changes && position?.epoch === before.position?.epoch;
    if (!isOwn || all === before.reacted) return;
    const isEmpty = !Object.keys(all).length;
    save(this.#reactedKey, isEmpty ? "" : JSON.stringify({ epoch: position?.epoch, id: me?.id, all }));
  }

  /** Another tab may have got further, perhaps in a newer log: what hasn't changed here isn't saved. */
  #saveRead() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { position, read } = this.#state();
    const saved = loadJson(this.#readKey);
    if (!position || (saved?.epoch === position.epoch && saved.seq >= read)) return;
    save(this.#readKey, JSON.stringify({ epoch: position.epoch, seq: read }));
  }
}
