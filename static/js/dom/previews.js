/** The person's own pictures as they are on this device: they are shown before the server has them, and afterwards. */

/** @type {Map<string, string>} object URLs, by the picture's key, and by its id once it has one */
export const previews = new Map();
