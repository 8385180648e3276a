/**
 * One upload: a ticket, asked for on the socket, then the picture over HTTP.
 *
 * @import {Chat} from "./chat.js"
 * @import {Picture} from "../types.js"
 */
import { BASE } from "../base-path.js";

/** A connection over which nothing has gone for so long (ms) is dead. */
const STALLED = 30_000;

/**
 * What an answer means that isn't the chat's own: a proxy may have given it.
 *
 * @type {Record<number, string>}
 */
const CODES = { 403: "not_allowed", 413: "too_large", 415: "picture_invalid", 507: "no_space" };

/**
 * @param {Chat} chat
 * @param {Blob} blob
 * @param {AbortSignal} signal
 * @param {(done: number) => void} onProgress   gets the part that has been sent
 * @returns {Promise<Picture & {receipt: string}>} rejects with `{code, retry_after}`; `ticket`: it was too late
 */
export async function upload(chat, blob, signal, onProgress) {
  const { ticket } = await chat.request({ type: "upload" });
  if (signal.aborted) throw { code: "aborted" };
  const { picture, id, width, height } = await send(chat.state.room, ticket, { blob, signal, onProgress });
  return { receipt: picture, id, width, height };
}

/**
 * @param {string} room
 * @param {string} ticket
 * @param {{blob: Blob, signal: AbortSignal, onProgress: (done: number) => void}} what
 * @returns {Promise<Picture & {picture: string}>} as the server answers
 */
function send(room, ticket, { blob, signal, onProgress }) {
  const request = new XMLHttpRequest(); // `fetch` doesn't tell how much has been sent
  request.open("POST", `${BASE}/r/${encodeURIComponent(room)}/pictures`);
  request.setRequestHeader("Authorization", `Bearer ${ticket}`);
  request.responseType = "json";
  const abort = () => request.abort();
  let timer = setTimeout(abort, STALLED);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    clearTimeout(timer);
    timer = setTimeout(abort, STALLED);
    onProgress(loaded / (total || 1));
  });
  signal.addEventListener("abort", abort);
  return new Promise((done, fail) => {
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (request.status === 201 && request.response) done(request.response);
      else fail(problemOf(request));
    });
    request.send(blob);
  });
}

/** @param {XMLHttpRequest} request   that failed @returns {{code: string, retry_after?: number}} */
function problemOf(request) {
  const { status, response } = request;
  const code = response?.code ?? CODES[status] ?? (status >= 500 ? "unavailable" : "no_answer");
  const wait = Number(request.getResponseHeader("Retry-After"));
  // The server lets the person upload, but not with this ticket any more.
  return { code: status === 403 ? "ticket" : code, retry_after: wait || undefined };
}
