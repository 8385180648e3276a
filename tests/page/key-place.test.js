/** Which key was pressed, whatever layout the keyboard has. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { placeOf } from "../../static/js/input/key-place.js";

describe("a key", () => {
  const places = {
    "that writes a Latin letter is that letter": [
      ["k", "KeyK", "KeyK"],
      ["K", "KeyK", "KeyK"],
      ["c", "KeyI", "KeyC"], // Dvorak
      ["z", "Slash", "KeyZ"],
      ["e", "KeyK", "KeyE"], // Colemak
      ["i", "Quote", "KeyI"], // Turkish
    ],
    "that writes another letter is known by its place": [
      ["л", "KeyK", "KeyK"],
      ["ı", "KeyI", "KeyI"],
      ["ρ", "KeyR", "KeyR"],
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
    ],
    "that writes nothing is known by its place": [["Delete", "Delete", "Delete"]],
  };
  for (const [what, keys] of Object.entries(places))
    test(what, () => {
      for (const [key, code, place] of keys) assert.equal(placeOf({ key, code }), place, `${key} at ${code}`);
    });
});
