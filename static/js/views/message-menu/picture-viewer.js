/**
 * A picture of a message in full size, and those beside it. And what is said of one that can't be loaded.
 *
 * @import {Target} from "./message-actions.js"
 */
import { html, nothing, repeat } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";
import { icon } from "../icon.js";
import { addressOfPicture, pictureLabel, sourceOf } from "../list/message-pictures.js";
import { openDialog } from "../overlays/dialog.js";
import { withStyles } from "../overlays/late-styles.js";
import { closeWith, formNow } from "./over-message.js";

const OPEN = "M14 5h5v5m0-5-8 8M10 6H7a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2v-3";
const SAVE = "M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14";
const ZOOM = "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm5 11.5L20 20M10.5 7.75v5.5M7.75 10.5h5.5";
const BACK = "m14.5 5-7 7 7 7";
const ON = "m9.5 5 7 7-7 7";

/** A finger that moves less far across the screen (px) turns to no other picture. */
const SWIPE = 48;

/** @param {Target} target @param {number} at   which of its pictures */
export function openPicture(target, at) {
  void withStyles("pictures", () => {
    if (!formNow(target).pictures?.[at]) return;
    closeWith(target, new PictureViewer(target, at).dialog);
  });
}

class PictureViewer {
  #target;
  #at;
  #handle;
  /** Whether it has the size of its own, and is scrolled where it is larger than the screen. */
  #isZoomed = false;

  /** @param {Target} target @param {number} at */
  constructor(target, at) {
    this.#target = target;
    this.#at = at;
    this.#handle = openDialog({
      name: "picture",
      kind: "viewer",
      title: () => this.#author,
      body: () => this.#view(),
    });
    this.dialog.addEventListener("keydown", ({ key }) => {
      if (this.#isZoomed) return; // the arrows scroll
      if (key === "ArrowLeft") this.#go(-1);
      if (key === "ArrowRight") this.#go(1);
    });
    this.#listenToSwipes();
  }

  #listenToSwipes() {
    /** @type {Touch | null} */
    let start = null;
    this.dialog.addEventListener("touchstart", ({ touches: [first, second] }) => {
      const isScrolled = this.#isZoomed || (globalThis.visualViewport?.scale ?? 1) > 1;
      start = second || isScrolled ? null : first;
    });
    this.dialog.addEventListener("touchend", ({ changedTouches: [end] }) => {
      const [x, y] = start ? [end.clientX - start.clientX, end.clientY - start.clientY] : [0, 0];
      start = null;
      if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) this.#go(x < 0 ? 1 : -1);
    });
  }

  get dialog() {
    return this.#handle.dialog;
  }

  get #pictures() {
    return formNow(this.#target).pictures ?? [];
  }

  get #author() {
    const { message, chat } = this.#target;
    return "from" in message ? message.from.name : (chat.state.me?.name ?? "");
  }

  /** @param {number} by */
  #go(by) {
    this.#at = Math.max(0, Math.min(this.#pictures.length - 1, this.#at + by));
    this.#isZoomed = false;
    this.#handle.draw();
  }

  /**
   * @param {number} x   what part of the picture (0 to 1) is in the middle of the screen then
   * @param {number} y
   */
  #zoom(x = 0.5, y = 0.5) {
    this.#isZoomed = !this.#isZoomed;
    this.#handle.draw();
    const body = this.dialog.querySelector(".viewer-body");
    if (!this.#isZoomed || !body) return;
    body.scrollTo(x * body.scrollWidth - body.clientWidth / 2, y * body.scrollHeight - body.clientHeight / 2);
    /** @type {HTMLElement} */ (body).focus({ preventScroll: true });
  }

  /** @param {MouseEvent} event   on the picture, or beside it */
  #onClick({ target, clientX, clientY }) {
    const image = /** @type {Element} */ (target).closest("img[data-large]");
    if (!image) return this.#handle.close();
    const { left, top, width, height } = image.getBoundingClientRect();
    this.#zoom((clientX - left) / width, (clientY - top) / height);
  }

  #view() {
    const picture = this.#pictures[this.#at];
    const count = this.#pictures.length;
    if (!picture) return nothing;
    const { room } = this.#target.chat.state;
    const label = pictureLabel(this.#author, this.#at, count);
    const { width = 0, height = 0, id } = picture;
    const isLarge = width > innerWidth || height > innerHeight;
    const image = () =>
      html`<img src=${sourceOf(picture, room) ?? nothing} width=${width || nothing} height=${height || nothing} alt=${label} ?data-large=${isLarge}>`;
    // With the next one comes another element: until it is loaded, the one before would stay in sight.
    return html`
      <div class="viewer-body" ?data-zoomed=${this.#isZoomed} tabindex=${this.#isZoomed ? 0 : nothing} @click=${(/** @type {MouseEvent} */ event) => this.#onClick(event)}>
        ${repeat([this.#at], (at) => at, image)}</div>
      <div class="viewer-row">
        ${count > 1 ? this.#stepsView(count) : nothing}
        ${isLarge ? this.#zoomView() : nothing}
        ${id ? linksView(addressOfPicture(id, room), fileName(this.#target, this.#at)) : nothing}</div>`;
  }

  #zoomView() {
    return html`<button class="button-icon" type="button" aria-label=${t("picture-zoom")} title=${t("picture-zoom")} aria-pressed=${this.#isZoomed} @click=${() => this.#zoom()}>${icon(ZOOM)}</button>`;
  }

  /** @param {number} count */
  #stepsView(count) {
    const step = (/** @type {number} */ by, /** @type {string} */ id, /** @type {string} */ path) =>
      html`<button class="button-icon" type="button" aria-label=${t(id)} title=${t(id)} aria-disabled=${!this.#pictures[this.#at + by]} @click=${() => this.#go(by)}>${icon(path)}</button>`;
    const where = t("picture-at", { at: this.#at + 1, n: count });
    return html`${step(-1, "picture-back", BACK)}<span class="viewer-at" role="status">${where}</span>${step(1, "picture-on", ON)}`;
  }
}

/**
 * @param {Target} target
 * @param {number} at
 * @returns {string} what the picture is called when it is saved: by its room, and by the reader's clock
 */
function fileName({ message, chat }, at) {
  const time = new Date(message.time).toLocaleString("sv").replaceAll(":", "."); // 2026-11-23 14.05.09
  return `${chat.state.room} ${time}${at ? ` ${at + 1}` : ""}.webp`;
}

/** @param {Target} target @param {number} at   which of its pictures */
export function savePicture(target, at) {
  const { id = "" } = formNow(target).pictures?.[at] ?? {};
  const link = document.createElement("a");
  Object.assign(link, { href: addressOfPicture(id, target.chat.state.room), download: fileName(target, at) });
  link.click();
}

/** @param {string} address @param {string} name   of the file */
const linksView = (address, name) => html`<span class="viewer-links">
  <a class="button-icon" href=${address} target="_blank" rel="noopener" aria-label=${t("picture-open")} title=${t("picture-open")}>${icon(OPEN)}</a>
  <a class="button-icon" href=${address} download=${name} aria-label=${t("picture-save")} title=${t("picture-save")}>${icon(SAVE)}</a></span>`;

/** A picture that couldn't be loaded is asked for once more after this long (ms), then after twice as long … */
const RETRY = 2_000;
const TRIES = 6;

/** @type {WeakMap<Element, number>} */
const tried = new WeakMap();

/** @param {HTMLImageElement} image   in the list, that couldn't be loaded: it is gone, or the server out of reach */
export async function tellBroken(image) {
  const tries = tried.get(image) ?? 0;
  const place = image.parentElement;
  if (!place || tries === TRIES) return;
  tried.set(image, tries + 1);
  const answer = await fetch(image.src).catch(() => null);
  if (answer?.status === 404) {
    place.className = "tombstone";
    place.toggleAttribute("disabled", true);
    place.textContent = t("picture-gone");
  } else {
    await new Promise((done) => setTimeout(done, answer?.ok ? 0 : RETRY * 2 ** tries));
    const { src } = image;
    image.src = src; // the browser asks again
  }
}
