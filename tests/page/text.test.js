import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../../static/js/text/fold.js";
import { initials } from "../../static/js/text/initials.js";
import { roomNamed } from "../../static/js/text/room-names.js";
import { trimmed } from "../../static/js/text/trim.js";

test("a text loses empty lines at its ends and no indentation, as the server trims it", () => {
  // The same rows as in tests/test_model.py.
  for (const [raw, text] of [
    ["a\n", "a"],
    ["    def f():\n        pass\n\n", "    def f():\n        pass"],
    ["\n \t\n\n  - one\n  - two\r\n \r\n", "  - one\n  - two"],
    ["\r\n\ta\t \u00a0\u3000", "\ta"],
    [" \u2028 a\u2029", " a"],
    ["\ufeff\n  a\n\u200b\n\u2800\n", "  a"],
    ["\u200f\u202bשלום\u202c", "\u200f\u202bשלום\u202c"],
    ["❤️", "❤️"],
    [
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} \n",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    ],
    ["a \n b", "a \n b"],
    ["\u3164 \u115f\n\u2800\u{1d159}\ufffc\x07", ""],
    ["", ""],
  ])
    assert.equal(trimmed(raw), text, JSON.stringify(raw));
});

test("names are folded as the server folds them", () => {
  // The same rows as in tests/names/test_names.py, but for letters that are wide or of several.
  for (const [one, other] of [
    ["Йод", "И\u0306од"],
    ["Ёлка", "елка"],
    ["ЁЛКА", "Е\u0308лка"],
    ["José", "JOSE\u0301"],
    ["İlkan", "ilkan"],
    ["Ilkan", "ılkan"],
    ["O’Brien", "o'brien"],
    ["Oʼbrien", "O`Brien"],
    ["O´B", "o‘b"],
    ["Straße", "STRASSE"],
    ["Σίσυφος", "ΣΊΣΥΦΟΣ"],
    ["ＡＮＮＡ", "anna"],
    ["Жан‑Люк", "жан-люк"],
    ["❤️", "❤"],
    ["👨\u200d👩\u200d👧", "👨👩👧"],
    ["علی\u200cرضا", "علیرضا"],
  ])
    assert.equal(fold(one), fold(other), `${one} ${other}`);
  for (const [one, other] of [
    ["Андрей", "Андреи"],
    ["José", "Jose"],
    ["ab", "a b"],
  ])
    assert.notEqual(fold(one), fold(other));
});

test("initials are the same in every browser", () => {
  const upper = String.prototype.toLocaleUpperCase;
  // A browser in Turkish.
  String.prototype.toLocaleUpperCase = function () {
    return upper.call(this, "tr");
  };
  assert.equal(initials("ilya iv"), "II");
  String.prototype.toLocaleUpperCase = upper;
});

test("initials need no Intl.Segmenter, which Firefox has had since 125", () => {
  const { Segmenter } = Intl;
  assert.equal(initials("👨‍👩‍👧‍👦 семья"), "С");
  assert.equal(initials("👨‍👩‍👧‍👦"), "👨‍👩‍👧‍👦");
  delete Intl.Segmenter;
  assert.equal(initials("🎉🎉"), "🎉");
  Intl.Segmenter = Segmenter;
});

test("a room may be called in Persian and in Tibetan", () => {
  for (const name of ["می\u200cخواهم", "བོད་ཡིག", "кухня", "Проект-1"]) assert.equal(roomNamed(name), name);
  assert.equal(roomNamed("  две комнаты "), "две-комнаты");
  for (const name of ["", " ", "a/b", "a".repeat(65)]) assert.equal(roomNamed(name), "");
});
