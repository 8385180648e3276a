/** How the page's texts are written, in each language. */
import "./browser.js";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { t } from "../../static/js/i18n/i18n.js";
import { speak } from "./speak.js";

/** @param {string} lang */
const textsIn = (lang) => readFile(new URL(`../../static/i18n/${lang}.ftl`, import.meta.url), "utf8");

for (const lang of /** @type {const} */ (["ru", "en"])) {
  test(`lines of the status bar end without a full stop, in ${lang}`, async () => {
    await speak(lang);
    const ids = (await textsIn(lang)).match(/^status-[\w-]+(?= =)/gm) ?? [];
    assert.ok(ids.length > 15);
    const stopped = ids.filter((id) => t(id, { minutes: 5, seconds: 5 }).endsWith("."));
    assert.deepEqual(stopped, []);
  });

  test(`a number never parts from its unit at the end of a line, in ${lang}`, async () => {
    const parted = (await textsIn(lang)).match(
      /^.*(?:\{ \$(?:seconds|minutes) \} | раз в \{|\d (?:минут|час|minute|hour)).*$/gm,
    );
    assert.deepEqual(parted, null);
  });
}

test("no line of a sentence in Russian ends with a short word or a number, and none begins with a dash", async () => {
  await speak("ru");
  const ids = (await textsIn("ru")).match(/^[\w-]+(?= = [^{\n]{36,}$)/gm) ?? [];
  const sentences = ids.map((id) => t(id));
  assert.ok(sentences.length > 60);
  const loose = /(?<![\p{L}\d\u00A0])(?:[а-яё]{1,2}|\d+) (?=\p{L})| —/iu;
  assert.deepEqual(
    sentences.filter((text) => loose.test(text)),
    [],
  );
});
