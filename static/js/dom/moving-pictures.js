/** Pictures that move: a canvas would take that from them, and some people want to see less of it. */

/** @returns {boolean} whether the system is set to less motion */
export const wantsLessMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** In the header of a WebP: where its flags are, and the one that it moves. */
const WEBP_FLAGS = 20;
const WEBP_MOVES = 0x02;

/** @param {Blob} file @returns {Promise<boolean>} whether it moves, told by its bytes; a GIF always may */
export async function mayMove(file) {
  const bytes = new Uint8Array(await file.slice(0, WEBP_FLAGS + 1).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  const isExtendedWebP = text.startsWith("RIFF") && text.startsWith("WEBPVP8X", 8);
  return text.startsWith("GIF8") || (isExtendedWebP && Boolean(bytes[WEBP_FLAGS] & WEBP_MOVES));
}
