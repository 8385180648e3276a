/** For people who want less motion: a picture in the list that moves stands still. In full size it plays. */
import { html, render } from "../../../vendor/vendor.js";
import { mayMove } from "../../dom/moving-pictures.js";
import { t } from "../../i18n/i18n.js";
import { icon } from "../icon.js";
import { withStyles } from "../overlays/late-styles.js";

const PLAY = "M8.5 5.5v13l10-6.5z";

/** @param {HTMLImageElement} image   that is loaded: from this device it is still already */
export async function keepStill(image) {
  const place = image.parentElement;
  if (!place || image.src.startsWith("blob:") || place.hasAttribute("data-still")) return;
  const answer = await fetch(image.src).catch(() => null); // from the browser's cache
  if (!answer?.ok || !(await mayMove(await answer.blob()))) return;
  await withStyles("pictures", () => {
    drawOn(/** @type {HTMLCanvasElement} */ (place.querySelector("canvas")), image);
    const sign = document.createElement("span");
    sign.className = "picture-play";
    render(html`${icon(PLAY)}`, sign);
    place.append(sign);
    place.toggleAttribute("data-still", true);
    place.title = t("picture-still");
  });
}

/**
 * @param {HTMLCanvasElement} canvas   keeps its size on the page, with as many pixels as the screen has there
 * @param {HTMLImageElement} image   covers it, as it did
 */
function drawOn(canvas, image) {
  const dots = Math.ceil(devicePixelRatio);
  canvas.style.inlineSize = `${canvas.width}px`;
  canvas.width *= dots;
  canvas.height *= dots;
  const scale = Math.max(canvas.width / image.naturalWidth, canvas.height / image.naturalHeight);
  const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  const left = (canvas.width - width) / 2;
  canvas.getContext("2d")?.drawImage(image, left, (canvas.height - height) / 2, width, height);
}
