/**
 * Uploads the pictures of the draft and of posts, one after the other, until the server has them: over lost
 * connections, each time with a new ticket. What is to be uploaded is in the state; here are the files.
 *
 * @import {Chat} from "./chat.js"
 * @import {Attachment, State} from "../types.js"
 */
import { mayMove, wantsLessMotion } from "../dom/moving-pictures.js";
import { previews } from "../dom/previews.js";
import { reEncode } from "../dom/re-encode.js";
import { amended, attached } from "../state/attachment-changes.js";
import { newId } from "../storage/new-id.js";
import { upload } from "./picture-upload.js";

/** After these an upload is tried again. */
const TEMPORARY = new Set(["busy", "rate_limited", "unavailable", "no_answer", "ticket"]);
/** With a connection it is tried so often. */
const TRIES = 6;
/** Where the server doesn't say when it may be tried again (s). */
const RETRY = 2;
/** As many pictures that were sent are shown from this device, the newest: the others are the server's. */
const PREVIEWS_KEPT = 20;

/** @param {State} state @returns {Attachment[]} those that posts wait for come first */
const allIn = ({ attached, posts }) => [...posts.flatMap(({ pictures = [] }) => pictures), ...attached];

/** @param {Attachment} attachment */
const isDue = ({ receipt, code }) => !receipt && !code;

class Uploads {
  #chat;
  /** What was chosen, by key, as it is sent; rejects with a `code`. @type {Map<string, Promise<Blob>>} */
  #files = new Map();
  /** @type {Promise<unknown>} */
  #lastEncoded = Promise.resolve();
  /** @type {{key: string, controller: AbortController} | null} */
  #current = null;
  /** Keys of pictures that move, and whose previews don't. @type {Set<string>} */
  #stills = new Set();
  /** Names in `previews` of what is in the room, the oldest first. @type {string[]} */
  #sent = [];

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    chat.listen(({ attached, posts }, before) => {
      if (attached !== before.attached || posts !== before.posts) queueMicrotask(() => this.#follow());
    });
    addEventListener("beforeunload", (event) => {
      // Only what is uploaded is kept with the draft and the posts.
      if (allIn(chat.state).some(({ key, receipt }) => !receipt && this.#files.has(key)))
        event.preventDefault();
    });
    this.#follow();
  }

  /** @param {File[]} files   are pictures of the draft from now on */
  add(files) {
    const pictures = files.map((file) => {
      const key = newId();
      // One at a time: a photo takes as much memory as a hundred of them as files.
      const encode = () => this.#encoded(key, file);
      const blob = this.#lastEncoded.then(encode);
      this.#lastEncoded = blob.catch(() => undefined);
      this.#files.set(key, blob);
      return { key };
    });
    this.#chat.dispatch(attached(this.#chat.state, pictures));
  }

  /** The draft or the posts have other pictures, or more of them are uploaded. */
  #follow() {
    const all = allIn(this.#chat.state);
    const keys = new Set(all.map(({ key }) => key));
    for (const key of this.#files.keys()) if (!keys.has(key)) this.#release(key);
    if (this.#current && !keys.has(this.#current.key)) this.#current.controller.abort();
    const next = all.find(isDue);
    if (next && !this.#current) void this.#upload(next.key);
  }

  /** @param {string} key   of a picture that is in the room, or was removed */
  #release(key) {
    this.#files.delete(key);
    this.#sent.push(key);
    if (this.#sent.length <= PREVIEWS_KEPT) return;
    const url = previews.get(this.#sent.shift() ?? "");
    if (!url) return;
    URL.revokeObjectURL(url);
    for (const [name, each] of previews) if (each === url) previews.delete(name);
  }

  /** @param {string} key @param {Partial<Attachment>} more */
  #amend(key, more) {
    this.#chat.dispatch(amended(this.#chat.state, key, more));
  }

  /** @param {string} key */
  async #upload(key) {
    const controller = new AbortController();
    this.#current = { key, controller };
    const picture = await this.#uploaded(key, controller.signal).catch(({ code = "failed" }) => ({ code }));
    this.#current = null;
    const preview = previews.get(key);
    if (preview && "id" in picture && !this.#stills.has(key)) previews.set(picture.id, preview);
    if (controller.signal.aborted) this.#follow();
    else this.#amend(key, picture);
  }

  /** @param {string} key @param {AbortSignal} signal */
  async #uploaded(key, signal) {
    const blob = await this.#files.get(key);
    if (!blob) throw { code: "lost" };
    for (let tries = 1; ; tries += 1) {
      await this.#isOnline(signal);
      try {
        return await upload(this.#chat, blob, signal, (done) => showProgress(key, done));
      } catch (/** @type {any} */ error) {
        if (signal.aborted || !TEMPORARY.has(error.code) || tries === TRIES) throw error;
        if (this.#chat.state.connection.phase !== "online") tries = 0;
        await pause((error.retry_after ?? RETRY) * 1000, signal);
      }
    }
  }

  /** @param {string} key @param {File} file @returns {Promise<Blob>} what is sent, and is shown until then */
  async #encoded(key, file) {
    const made = await reEncode(file).catch(() => null);
    // What this browser can't read, the server perhaps can.
    if (!made && !file.type.startsWith("image/")) throw { code: "picture_none" };
    const { picture_size: limit = 0 } = this.#chat.state.limits;
    const isMoving = file.size <= limit && (await mayMove(file)); // a canvas has its first frame only
    const blob = made && !isMoving ? made.blob : file;
    if (blob.size > limit) throw { code: "too_large" };
    if (!made || !this.#files.has(key)) return blob;
    const { width, height } = made;
    const isStill = isMoving && wantsLessMotion();
    if (isStill) this.#stills.add(key);
    previews.set(key, URL.createObjectURL(isStill ? made.blob : blob));
    this.#amend(key, { width, height });
    return blob;
  }

  /** @param {AbortSignal} signal @returns {Promise<void>} resolves when there is a connection */
  #isOnline(signal) {
    return new Promise((done, fail) => {
      const stop = this.#chat.listen(() => look());
      const look = () => {
        const { phase } = this.#chat.state.connection;
        if (phase !== "online" && !signal.aborted) return;
        stop();
        if (signal.aborted) fail({ code: "aborted" });
        else done();
      };
      signal.addEventListener("abort", look);
      look();
    });
  }
}

/** @param {number} ms @param {AbortSignal} signal   ends it early @returns {Promise<unknown>} */
const pause = (ms, signal) =>
  new Promise((done) => {
    setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });

/** @param {string} key @param {number} done   the part that has been sent: wherever the picture is shown */
function showProgress(key, done) {
  /** @type {NodeListOf<HTMLElement>} */
  const places = document.querySelectorAll(`[data-upload="${key}"]`);
  for (const each of places) each.style.setProperty("--done", `${done}`);
}

/** @type {Uploads | undefined} */
let uploads;

/** @param {Chat} chat @returns {Uploads} the page's only one */
export function uploadsOf(chat) {
  uploads ??= new Uploads(chat);
  return uploads;
}
