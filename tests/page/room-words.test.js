/** The words about rules, roles, mutes and removals. */
import "./browser.js";
import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { duration, interval, momentOf, timeLeft } from "../../static/js/durations.js";
import { holdTexts } from "../../static/js/views/hold.js";
import { actText } from "../../static/js/views/moderation-record.js";
import { outTexts } from "../../static/js/views/out.js";
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
  });

  test("say durations in a unit that is short", () => {
    assert.deepEqual(
      [5, 30, 60, 90, 300, 3600, 86_400, 82_000].map((each) => duration(each).replace(/\s/g, " ")),
      ["5 с", "30 с", "1 мин", "90 с", "5 мин", "1 ч", "24 ч", "23 ч"],
    );
  });

  test("say how often without a number where it is one", async () => {
    const all = () => [60, 3600, 30, 300].map((each) => interval(each).replace(/\s/g, " "));
    assert.deepEqual(all(), ["раз в минуту", "раз в час", "раз в 30 с", "раз в 5 мин"]);
    await speak("en");
    assert.deepEqual(all().slice(0, 2), ["every minute", "every hour"]);
    await speak("ru");
  });

  test("say why one can't write, with the time that is left where there is an end", () => {
    assert.equal(holdTexts({ code: "muted", until: Infinity }, 0).seen, "Модератор запретил вам писать");
    const { seen, said } = holdTexts({ code: "muted", until: 598_000 }, 0);
    assert.equal(seen, "Модератор запретил вам писать. Осталось 9:58");
    assert.match(said, /^Модератор запретил вам писать до \d/);
    // Nobody watches the seconds of a day.
    const day = { code: "muted", until: 86_400_000 };
    assert.match(holdTexts(day, 0).seen, /^Модератор запретил вам писать до завтра, \d/);
    assert.equal(holdTexts({ code: "slow", until: 24_000 }, 0).seen, "Следующее — через 0:24");
    assert.equal(holdTexts({ code: "slow", until: 24_000 }, 0).said, "Медленный режим: подождите");
  });

  test("say why one can't enter, and until when", () => {
    assert.match(outTexts("barred", 600, true).why, /^Модератор закрыл вам вход до \d/);
    assert.match(outTexts("barred", 600, false).why, /вам или вашей сети до \d/);
    assert.equal(outTexts("barred", 599.2, true).left, "Вы войдёте автоматически через 10:00.");
    assert.equal(outTexts("barred", 86_400, true).left, "Тогда вы войдёте автоматически.");
    assert.match(outTexts("barred", Infinity, true).why, /^Модератор закрыл вам вход\. /);
    assert.match(outTexts("barred", Infinity, false).why, /вам или вашей сети/);
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
      "Запрет писать навсегда: ⁨Борис⁩",
    );
    assert.equal(actText({ act: "slow", by, time: "", seconds: 0 }), "Медленный режим выключен");
  });
});
