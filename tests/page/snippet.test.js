/** What a search result shows of a message. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { snippetOf } from "../../static/js/text/snippet.js";

/** @param {string} text @param {...string} words @returns {string} with what was found in brackets */
const shown = (text, ...words) =>
  snippetOf(text, words)
    .map(({ text: part, isFound }) => (isFound ? `[${part}]` : part))
    .join("");

describe("a snippet", () => {
  test("marks the words as they stand in the text, and nothing else", () => {
    assert.equal(shown("Кошку видели? кошку!", "кошку"), "Кошку видели? [кошку]!");
    assert.equal(shown("отчёт и отчёты", "отчёт"), "[отчёт] и отчёты");
    assert.equal(shown("preview, view_2, my_view, reviews", "view"), "preview, [view]_2, my_[view], reviews");
    assert.equal(shown("е\u0301 е", "е"), "е\u0301 [е]");
    assert.equal(shown("кот и кот", "кот", "и", "нет"), "[кот] [и] [кот]");
    assert.equal(shown("кот", ""), "кот");
  });

  test("marks words that stand side by side, and of two that begin together the longer one", () => {
    assert.equal(shown("e-mail mail", "mail", "e-mail"), "[e-mail] [mail]");
    assert.equal(shown("東京都", "東京", "東京都"), "[東京都]");
  });

  test("finds words anywhere in scripts that don't part them by spaces", () => {
    assert.equal(shown("私は東京タワーに行った", "東京", "タワー"), "私は[東京][タワー]に行った");
    assert.equal(shown("ฉันรักแมวมาก", "แมว"), "ฉันรัก[แมว]มาก");
    assert.equal(shown("このAPIを使う", "API"), "この[API]を使う");
    assert.equal(shown("東京2020", "東京"), "[東京]2020");
    assert.equal(shown("고양이가 왔다", "고양이"), "고양이가 왔다");
  });

  test("finds an emoji anywhere, and marks all of what it is a part of", () => {
    assert.equal(shown("кот👍 и 🎉", "👍", "🎉"), "кот[👍] и [🎉]");
    assert.equal(shown("👍🏽 ❤️", "👍", "❤"), "[👍🏽] [❤️]");
    assert.equal(shown("👨‍👩‍👧!", "👩", "👧"), "[👨‍👩‍👧]!");
  });

  test("is plain, on one line", () => {
    assert.equal(shown("**Кошка**\n> спит\n\nтут", "Кошка", "тут"), "[Кошка] спит [тут]");
  });

  test("begins at a word shortly before the first one that was found, where that is far on", () => {
    const text = `${"слово ".repeat(20)}про кошку и собаку`;
    assert.equal(shown(text, "кошку"), "…\u2060слово слово про [кошку] и собаку");
    assert.equal(
      shown("раз два три четыре пять шесть кошка", "кошка"),
      "раз два три четыре пять шесть [кошка]",
    );
  });

  test("tears no letter where there is no space", () => {
    const flags = "🇷🇺".repeat(30);
    assert.equal(shown(`${flags}猫`, "猫"), `…\u2060${"🇷🇺".repeat(5)}[猫]`);
    const family = "👩‍👩‍👧‍👦".repeat(10);
    assert.match(shown(`${family}猫`, "猫"), /^…\u2060(?:👩‍👩‍👧‍👦)*\[猫\]$/u);
  });

  test("tears no pair of characters in browsers that don't know letters", async () => {
    const { Segmenter } = Intl;
    Reflect.deleteProperty(Intl, "Segmenter");
    const { snippetOf: plainly } = await import("../../static/js/text/snippet.js?plainly");
    Intl.Segmenter = Segmenter;
    for (const text of ["", "😀", `${"😀".repeat(60)}猫`, `а${"😀".repeat(200)}`])
      assert.ok(plainly(text, ["猫", "😀"]).every((part) => part.text.isWellFormed()));
    assert.deepEqual(plainly("а😀!", ["😀"])[1], { text: "😀", isFound: true });
  });

  test("ends with a whole letter", () => {
    const long = shown("👩‍👩‍👧‍👦".repeat(40));
    assert.match(long, /^(?:👩‍👩‍👧‍👦)+…$/u);
    assert.ok(long.length < 250);
    assert.equal(shown("а".repeat(240)), "а".repeat(240));
    const cut = shown(`кот ${"а".repeat(300)} кот`, "кот");
    assert.ok(cut.startsWith("[кот] а") && cut.endsWith("а…"));
  });
});
