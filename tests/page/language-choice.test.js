/** The language of the page: which one is shown when fetching it takes long, or fails. */
import "./browser.js";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, describe, test } from "node:test";
import { language, languageFor } from "../../static/js/i18n/i18n.js";
import { extras } from "../../static/js/lazy-modules.js";
import { choose, prefs } from "../../static/js/storage/prefs.js";
import { chooseLanguage } from "../../static/js/views/language-choice.js";
import { fakeStorage, pause, until } from "./browser.js";
import { speak } from "./speak.js";

describe("the language", () => {
  beforeEach(async () => {
    fakeStorage();
    await speak("ru");
    choose({ lang: "ru" });
  });

  test("is the one that was chosen last, also if the other's texts come later", async () => {
    globalThis.fetch = async (address) => {
      await pause();
      return new Response(await readFile(address));
    };
    await Promise.all([chooseLanguage("en"), chooseLanguage("ru")]);
    assert.deepEqual([language(), prefs().lang], ["ru", "ru"]);
    await chooseLanguage("en");
    assert.deepEqual([language(), prefs().lang], ["en", "en"]);
  });

  test("stays as it is when the other's texts can't be fetched", async () => {
    globalThis.fetch = async () => {
      throw new TypeError("Failed to fetch");
    };
    const said = [];
    extras.toast = async () => ({ showToast: (text) => said.push(text) });
    await chooseLanguage("en");
    await until(() => said.length);
    assert.deepEqual([language(), prefs().lang], ["ru", "ru"]);
    assert.deepEqual(said, ["Не\u00A0удалось загрузить. Проверьте связь"]);
  });

  test("that the server leaves to the browser is the first of its languages that the page has, or English", (context) => {
    const { languages } = navigator;
    const prefer = (value) => Object.defineProperty(navigator, "languages", { value, configurable: true });
    context.after(() => prefer(languages));
    for (const [theirs, expected] of [
      [["en-US", "ru"], "en"],
      [["de", "ru-RU", "en"], "ru"],
      [["enm", "ru"], "ru"],
      [["de"], "en"],
    ]) {
      prefer(theirs);
      assert.equal(languageFor("auto"), expected, theirs.join());
    }
    assert.equal(languageFor("ru"), "ru");
  });
});
