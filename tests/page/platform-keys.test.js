/** Which key was pressed, whatever layout the keyboard has. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { placeOf } from "../../static/js/dom/platform-keys.js";

describe("a key", () => {
  const places = {
    "that writes a Latin letter is that letter": [
      ["k", "KeyK", "KeyK"],
      ["K", "KeyK", "KeyK"],
      ["c", "KeyI", "KeyC"], // Dvorak
      ["z", "Slash", "KeyZ"],
      ["e", "KeyK", "KeyE"], // Colemak
      ["i", "Quote", "KeyI"], // Turkish
      ["ı", "KeyI", "KeyI"], // its capital is I
    ],
    "that writes a letter of another alphabet is known by its place": [
      ["л", "KeyK", "KeyK"],
      ["ρ", "KeyR", "KeyR"],
      ["ी", "KeyR", "KeyR"], // Hindi
      ["لا", "KeyB", "KeyB"], // Arabic
    ],
    "with the slash is so wherever it is": [
      ["/", "Slash", "Slash"],
      ["/", "Digit7", "Slash"], // German
      ["/", "NumpadDivide", "Slash"],
      [".", "Slash", "Slash"], // Russian
    ],
    "with another sign is none of the page's": [
      ["-", "Slash", ""], // German
      [".", "KeyE", ""], // Dvorak
      [";", "KeyQ", ""], // Greek
      ["€", "KeyE", ""], // German, with AltGr
      ["ę", "KeyE", ""], // Polish, with AltGr
      ["ğ", "KeyE", ""], // Turkish F
      ["ö", "KeyE", ""], // Swedish Dvorak
    ],
    "that writes nothing is known by its name": [
      ["Delete", "Delete", "Delete"],
      ["Delete", "NumpadDecimal", "Delete"],
      ["Dead", "KeyE", "Dead"],
    ],
  };
  for (const [what, keys] of Object.entries(places))
    test(what, () => {
      for (const [key, code, place] of keys) assert.equal(placeOf({ key, code }), place, `${key} at ${code}`);
    });
});
