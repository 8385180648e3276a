/** Which of several tabs of a room gives an alert, and of what; what screen readers still find of a message. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { fakeLocks, fakeStorage, pause, until } from "./browser.js";
import { after, amended, BORIS, gone, message, messages, welcome } from "./events.js";
import { speak } from "./speak.js";

fakeStorage().setItem("wschat.prefs", JSON.stringify({ desktop: true }));
/** @type {string[]} */
let told = [];
globalThis.isSecureContext = true;
globalThis.Notification = /** @type {any} */ (
  class extends EventTarget {
    static permission = "granted";
    constructor(_title, { body }) {
      super();
      told.push(body);
    }
    close() {}
  }
);
globalThis.location = /** @type {any} */ (new URL("http://chat.test/"));
Object.assign(globalThis.document, { hidden: true, hasFocus: () => false });
const { Names } = await import("../../static/js/text/names.js");
const names = new Names();
names.me = "Анна";
names.add([{ name: "Анна" }, { name: "Борис" }]);

/** A module of its own, as each tab has one; all share the browser's storage and its locks. */
let loaded = 0;
async function openTab() {
  loaded += 1;
  const { notify } = await import(`../../static/js/alerts/notifications.js?tab=${loaded}`);
  let state = after(welcome(), { type: "view-changed", watching: false });
  return async (...missed) => {
    state = { ...state, position: { epoch: "e1", seq: Math.max(...missed.map(({ seq }) => seq)) } };
    await notify(missed, () => state, names);
  };
}
const said = (seq, text) => message(seq, BORIS, { text });
const READ_BY = 700;
const lately = () => pause(READ_BY + 400);

describe("an alert of what several tabs hear of", () => {
  beforeEach(() => {
    fakeLocks();
    localStorage.removeItem("wschat.told-notice.chat");
    told = [];
  });

  test("is given once, however late a tab is back", async () => {
    const [one, other] = [await openTab(), await openTab()];
    await one(said(1, "раз"));
    await lately();
    fakeLocks(); // by then no lock is held any more
    await other(said(1, "раз"));
    await lately();
    assert.deepEqual(told, ["раз"]);
    await other(said(1, "раз"), said(2, "@Анна, два"));
    await lately();
    assert.deepEqual(told, ["раз", "@Анна, два"]);
  });

  test("tells of all that came with it, also where tabs come back with different parts", async () => {
    for (const order of [
      [[said(1, "раз")], [said(1, "раз"), said(2, "два")]],
      [[said(1, "раз"), said(2, "два")], [said(1, "раз")]],
    ]) {
      localStorage.removeItem("wschat.told-notice.chat");
      told = [];
      const tabs = [await openTab(), await openTab()];
      await Promise.all(tabs.map((tab, i) => tab(...order[i])));
      await lately();
      assert.equal(told.length, 1, `${told}`);
    }
  });

  test("tells of what came a moment later, too, unless it is for the reader", async () => {
    const [one, other, third] = [await openTab(), await openTab(), await openTab()];
    await Promise.all([one(said(1, "раз")), one(said(2, "два"))]);
    await pause(2_300);
    fakeLocks();
    await other(said(1, "раз"), said(2, "два"));
    await lately();
    assert.deepEqual(told, ["раз"]);
    await third(said(2, "два"), said(3, "@Анна"), said(4, "@Анна, четыре"), said(5, "пять"));
    await lately();
    assert.deepEqual(told, ["раз", "@Анна, четыре"]);
  });

  test("of a mention comes although what was passed over before is newer by the time it is asked for", async () => {
    const tab = await openTab();
    await tab(said(1, "раз"));
    await pause(100);
    await tab(said(2, "два"));
    await pause(1_700);
    await Promise.all([tab(said(3, "@Анна, три")), pause(100).then(() => tab(said(4, "четыре")))]);
    await lately();
    assert.deepEqual(told, ["раз", "@Анна, три"]);
  });

  test("is enough for what came up to two seconds before or after it, in whichever order tabs ask", async () => {
    const { takeAlert } = await import("../../static/js/alerts/take-alert.js");
    const asked = (seq, at, isForMe = false) =>
      takeAlert("notice", { message: said(seq, "раз"), upTo: seq, isForMe, at }, "chat");
    assert.equal(await asked(2, 10_000), true);
    assert.equal(await asked(3, 9_700), false);
    assert.equal(await asked(4, 11_900), false);
    assert.equal(await asked(3, 20_000), false); // it was passed over
    assert.equal(await asked(5, 11_950, true), true);
    assert.equal(await asked(6, 13_950), true);
    assert.equal(await asked(7, 500), true); // the clock was set back
  });

  test("is the newest where none is for the reader", async () => {
    await (await openTab())(said(1, "раз"), said(2, "два"), said(3, "три"));
    await lately();
    assert.deepEqual(told, ["три"]);
  });

  test("comes all the same while another tab is suspended", async () => {
    fakeLocks({ isStuck: true });
    await (await openTab())(said(1, "раз"));
    await until(() => told.length);
    assert.deepEqual(told, ["раз"]);
  });

  test("is sought in no long task where the page is looked at", async () => {
    const many = messages(1, 60).map((each) => ({ ...each, text: "@Борис ".repeat(500) }));
    document.hidden = false;
    let longest = 0;
    let at = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - at);
      at = performance.now();
    });
    const tab = await openTab();
    const began = performance.now();
    await tab(...many);
    const lasted = performance.now() - began - READ_BY;
    clearInterval(timer);
    document.hidden = true;
    assert.ok(longest < Math.max(40, lasted / 3), `${longest} of ${lasted} ms`);
  });
});

describe("what screen readers find", () => {
  const place = {
    textContent: "",
    replaceChildren() {
      this.textContent = "";
    },
  };
  document.getElementById = () => place;
  document.activeElement = null;

  test("is no text that was deleted while the page was away, or out of its sight", async () => {
    await speak("ru");
    const { announce, announceChange, followAnnounced } = await import("../../static/js/alerts/announcer.js");
    const state = after(welcome(), message(1), message(2));
    announce([message(1)], state);
    assert.match(place.textContent, /№ 1/);
    followAnnounced(state);
    assert.match(place.textContent, /№ 1/);
    const back = welcome({ recovered: true, seq: 3, head: 3, messages: [gone(3, 1)] });
    followAnnounced(after(welcome(), message(1), message(2), back));
    assert.equal(place.textContent, "");
    announce([message(2)], state);
    await pause(1_100);
    assert.match(place.textContent, /№ 2/);
    announceChange(amended(4, 2, {}, { deleted: true }).message, state, after(welcome()));
    assert.equal(place.textContent, "");
  });
});
