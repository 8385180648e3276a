/** The words about rules, roles, mutes and removals. */
import "./browser.js";
import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { duration, interval, momentOf, termText, timeLeft } from "../../static/js/i18n/durations.js";
import { day, moment } from "../../static/js/i18n/i18n.js";
import { holdTexts } from "../../static/js/views/composer/posting-hold.js";
import { outTexts } from "../../static/js/views/entering/kept-out.js";
import { actText } from "../../static/js/views/moderation/moderation-record.js";
import { BORIS } from "./events.js";
import { speak } from "./speak.js";

describe("the words", () => {
  before(() => {
    mock.timers.enable({ apis: ["Date"], now: new Date(2026, 10, 25, 12, 0) }); // midnight is far
    return speak("ru");
  });
  after(() => mock.timers.reset());

  test("count down to the second, and name the moment of the end", () => {
    assert.deepEqual([24, 598, 86_340].map(timeLeft), ["0:24", "9:58", "23:59:00"]);
    const now = new Date(2026, 10, 25, 22, 0);
    assert.match(momentOf(new Date(2026, 10, 25, 23, 5), now), /^23:05$|^11:05/);
    const late = new Date(2026, 10, 25, 23, 56);
    assert.match(momentOf(new Date(2026, 10, 26, 0, 6), late), /^0?0:06$|^12:06/);
    assert.match(momentOf(new Date(2026, 10, 26, 23, 50), late), /^завтра, /);
    assert.match(momentOf(new Date(2026, 10, 24, 23, 50), late), /^24 ноября, /);
    assert.match(momentOf(new Date(2026, 10, 26, 9, 5), now), /^завтра, /);
    assert.match(momentOf(new Date(2026, 10, 27, 9, 5), now), /^27 ноября, /);
    assert.match(momentOf(new Date(2027, 10, 25, 9, 5), now), /^25 ноября 2027 г\., /);
  });

  test("write dates as the country of the browser does, in the page's language", async () => {
    const { languages } = navigator;
    Object.defineProperty(navigator, "languages", { value: ["en-GB"], configurable: true });
    await speak("en");
    const [date, now] = [new Date(2026, 10, 20, 16, 51), new Date(2026, 10, 25)];
    assert.match(day(date, now), /^Friday,? 20 November$/);
    assert.equal(momentOf(date, now), "20 November, 16:51");
    assert.match(moment(date), /^20 November 2026.* 16:51:00$/);
    Object.defineProperty(navigator, "languages", { value: languages, configurable: true });
    await speak("ru");
  });

  test("say durations in a unit that is short", () => {
    assert.deepEqual(
      [5, 30, 60, 90, 300, 3600, 86_400, 82_000].map((each) => duration(each).replace(/\s/g, " ")),
      ["5 с", "30 с", "1 мин", "90 с", "5 мин", "1 ч", "24 ч", "23 ч"],
    );
    assert.deepEqual(
      [90_000, 172_800, 200_000, 950_000, 31_536_000].map((each) => termText(each).replace(/\s/g, " ")),
      ["на 25 ч", "на 2 дня", "на 56 ч", "на 11 дней", "на 365 дней"],
    );
  });

  test("never part a number from its unit", async () => {
    for (const lang of ["en", "ru"]) {
      await speak(lang);
      assert.deepEqual([30, 300, 86_400, 950_000].map(duration).join("").match(/ /), null, lang);
    }
  });

  test("say how often without a number where it is one", async () => {
    const all = () => [60, 3600, 30, 300].map((each) => interval(each).replace(/\s/g, " "));
    assert.deepEqual(all(), ["раз в минуту", "раз в час", "раз в 30 с", "раз в 5 мин"]);
    await speak("en");
    assert.deepEqual(all(), ["every minute", "every hour", "every 30 seconds", "every 5 minutes"]);
    assert.deepEqual([82_000, 950_000].map(termText), ["for 23\u00a0hours", "for 11\u00a0days"]);
    assert.match(momentOf(new Date(2026, 10, 26, 23, 5)), /^tomorrow at 11:05/);
    await speak("ru");
  });

  test("say why one can't write, with the time that is left where there is an end", () => {
    assert.equal(holdTexts({ code: "muted", until: Infinity }, 0).seen, "Модератор запретил вам писать");
    const { seen, said } = holdTexts({ code: "muted", until: 598_000 }, 0);
    assert.equal(seen, "Модератор запретил вам писать. Осталось 9:58");
    assert.match(said, /^Модератор запретил вам писать до\s\d/);
    // Nobody watches the seconds of a day.
    const day = { code: "muted", until: 86_400_000 };
    assert.match(holdTexts(day, 0).seen, /^Модератор запретил вам писать до\sзавтра, \d/);
    assert.equal(holdTexts({ code: "slow", until: 24_000 }, 0).seen, "Подождите 0:24");
    assert.equal(holdTexts({ code: "slow", until: 24_000 }, 0).said, "Медленный режим: подождите");
  });

  test("say why one can't enter, and until when", () => {
    assert.match(outTexts("barred", 600, true).why, /^Модератор закрыл вам вход до\s\d/);
    assert.match(outTexts("barred", 600, false).why, /вам или всем из\sвашей сети до\s\d/);
    assert.equal(outTexts("barred", 599.2, true).left, "Вы\u00A0войдёте автоматически через 10:00.");
    assert.equal(outTexts("barred", 86_400, true).left, "Когда срок истечёт, вы\u00A0войдёте автоматически.");
    assert.match(outTexts("barred", Infinity, true).why, /^Модератор закрыл вам вход\. /);
    assert.match(outTexts("barred", Infinity, false).why, /вам или всем из\sвашей сети/);
    assert.match(outTexts("locked", Infinity, true).left, /когда комнату откроют/);
  });

  test("say every act of the record, in both languages", async () => {
    const by = { id: "a", name: "Анна" };
    const acts = [
      "mute",
      "remove",
      "let_in",
      "slow",
      "read_only",
      "lock",
      "password",
      "topic",
      "clear",
      "delete",
    ];
    for (const lang of ["en", "ru"]) {
      await speak(lang);
      for (const act of acts)
        for (const on of [true, false, undefined])
          assert.ok(!actText({ act, by, time: "", person: BORIS, seconds: 600, on }).startsWith("act-"), act);
    }
    assert.equal(
      actText({ act: "mute", by, time: "", person: BORIS, seconds: 0 }),
      "⁨Борис⁩: запрет писать навсегда",
    );
    assert.equal(actText({ act: "slow", by, time: "", seconds: 0 }), "Медленный режим выключен");
  });
});
