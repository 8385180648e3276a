/** Texts as people count their letters: an emoji of several characters is one. */

/** @type {Intl.Segmenter | undefined}   costly to make */
let segmenter;

/**
 * @param {string} text
 * @returns {Iterable<{index: number, segment: string}>} its letters; where the browser doesn't know them, its
 *   code points
 */
export function graphemes(text) {
  if ("Segmenter" in Intl) {
    segmenter ??= new Intl.Segmenter();
    return segmenter.segment(text);
  }
  let index = 0;
  return [...text].map((segment) => {
    index += segment.length;
    return { index: index - segment.length, segment };
  });
}
