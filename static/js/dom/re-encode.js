/** A picture as it leaves this device: of a bounded size, the right way up, without what a camera writes beside it. */

/** Larger it isn't sent (px). By its sides alone, a long screenshot would become too narrow to be read. */
const AREA = 2048 * 1536;
/** Wider or higher it isn't sent (px). */
const LONGEST = 8192;
const QUALITY = 0.82;

/**
 * @param {Blob} file
 * @returns {Promise<{blob: Blob, width: number, height: number}>} rejects if the browser can't read it
 */
export async function reEncode(file) {
  const bitmap = await createImageBitmap(file); // turned as it says itself
  const { width: w, height: h } = bitmap;
  const scale = Math.min(1, Math.sqrt(AREA / (w * h)), LONGEST / Math.max(w, h));
  const [width, height] = [w, h].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const drawing = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  let blob = await encoded(canvas, "image/webp");
  if (blob.type !== "image/webp") {
    // Safari doesn't write WebP. A JPEG has no transparent parts.
    drawing.globalCompositeOperation = "destination-over";
    drawing.fillStyle = "#fff";
    drawing.fillRect(0, 0, width, height);
    blob = await encoded(canvas, "image/jpeg");
  }
  return { blob, width, height };
}

/** @param {HTMLCanvasElement} canvas @param {string} type @returns {Promise<Blob>} of this type, or PNG */
const encoded = (canvas, type) =>
  new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("too large a canvas"))), type, QUALITY);
  });
