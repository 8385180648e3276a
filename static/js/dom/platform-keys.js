/** Keys that are others than they seem: those of input methods, and of Apple's keyboards. */

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key belongs to an input method; in Safari only its code, 229, shows that of
 *   the Enter that ends a composition
 */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Apple's keyboards have a key of their own for commands, and use Ctrl to move in texts. */
export const isApple = /^(Mac|iP)/.test(globalThis.navigator?.platform ?? "");

/** What the key for commands is called. */
export const COMMAND = isApple ? "⌘" : "Ctrl";
