/** Small rules of the views, the connection and the texts, each a function of what goes in. */
import "./browser.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { titled } from "../../static/js/alerts/notifications.js";
import { delayBefore } from "../../static/js/conversation/connection.js";
import { isTicking } from "../../static/js/draw-scheduler.js";
import { apply, initial } from "../../static/js/state/state.js";
import { statusOf } from "../../static/js/state/status.js";
import { candidates, hooksIn, queryAt } from "../../static/js/views/composer/mention-list.js";
import { netOf } from "../../static/js/views/list/lines-between.js";
import { inOrder, matching } from "../../static/js/views/people/people-list.js";
import { FluentBundle, FluentResource } from "../../static/vendor/vendor.js";

const file = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("delays before coming back", () => {
  test("grow, have an end, and are never the same for everyone", () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((attempt) => delayBefore(attempt, 1)),
      [1000, 2000, 4000, 8000],
    );
    assert.equal(delayBefore(50, 1), 30_000);
    assert.equal(delayBefore(0, 0), 500);
  });
  test("are short where the server restarts: it spreads the closes itself", () => {
    assert.deepEqual(
      [0, 0.5, 1].map((chance) => delayBefore(0, chance, true)),
      [0, 150, 300],
    );
  });
});

describe("the strip", () => {
  const state = (more) => ({
    ...initial("chat"),
    ...more,
    connection: { ...initial("chat").connection, phase: "online", joinedBefore: true, ...more.connection },
  });
  const says = (more, now = 10_000) => statusOf(state(more), now)?.id ?? null;

  test("is silent when all is well", () => assert.equal(says({}), null));
  test("mentions connecting after half a second", () => {
    const connecting = { connection: { phase: "connecting", since: 0, joinedBefore: false } };
    assert.equal(says(connecting, 499), null);
    assert.equal(says(connecting, 500), "status-connecting");
  });
  test("mentions a lost connection after two seconds, with the time to the next try", () => {
    const waiting = { connection: { phase: "waiting", since: 0, retryAt: 6_000 } };
    assert.equal(says(waiting, 1_999), null);
    assert.deepEqual(statusOf(state(waiting), 2_000), {
      id: "status-lost",
      tone: "warning",
      seconds: 4,
      action: "now",
    });
  });
  test("is silent behind a dialog that waits for the person", () => {
    for (const phase of ["removed", "expired"]) assert.equal(says({ connection: { phase, since: 0 } }), null);
    const refusal = { code: "name_taken" };
    assert.equal(says({ refusal, connection: { phase: "waiting", since: 0, retryAt: 20_000 } }), null);
  });
  test("names what is in the way, as far as it is known", () => {
    const waiting = (obstacle) => ({
      connection: { phase: "waiting", since: 10_000, retryAt: 12_000, obstacle },
    });
    assert.equal(says(waiting("off")), "status-off");
    assert.equal(says(waiting("proxy")), "status-proxy");
    assert.equal(statusOf(state(waiting("unavailable")), 10_000)?.seconds, 2);
  });
  test("says for how long nobody wrote when the chat has stopped", () => {
    const stopped = statusOf(
      state({ activeAt: 0, connection: { phase: "stopped", since: 300_400 } }),
      300_500,
    );
    assert.deepEqual([stopped?.id, stopped?.minutes, stopped?.action], ["status-stopped", 5, "connect"]);
  });
  test("puts what matters more first", () => {
    assert.equal(says({ degraded: true, renewed: true, idleAt: 20_000 }), "status-degraded");
    assert.equal(says({ renewed: true, idleAt: 20_000 }), "status-idle");
    assert.equal(says({ renewed: true }), "status-renewed");
  });
  test("is glad to be back for two seconds", () => {
    assert.equal(says({ connection: { backAt: 9_000 } }), "status-back");
    assert.equal(says({ connection: { backAt: 8_000 } }), null);
  });
});

describe("what changes without an event", () => {
  const state = (more) => ({
    ...initial("chat"),
    ...more,
    connection: { ...initial("chat").connection, phase: "online", ...more.connection },
  });
  const ticks = (more, now = 10_000) => isTicking(state(more), now);

  test("is nothing when all is well", () => assert.equal(ticks({}), false));
  test("is the time to the next try, and whether a loss lasts, while the page tries by itself", () => {
    const at = (phase, more, now) => ticks({ connection: { phase, ...more } }, now);
    assert.equal(at("waiting", { since: 0, retryAt: 20_000 }), true);
    for (const phase of ["connecting", "joining", "waiting"]) {
      assert.equal(at(phase, { since: 9_000, joinedBefore: true }), true);
      assert.equal(at(phase, { since: 9_000, joinedBefore: true }, 12_000), false);
    }
    for (const phase of ["idle", "offline", "stopped", "removed", "expired"])
      assert.equal(at(phase, { since: 9_000, retryAt: 9_500 }), false);
  });
  test("is whatever has an end, until a second after it", () => {
    const typing = { typing: { people: [{ id: "b", name: "Борис" }], at: 10_000 } };
    assert.equal(ticks(typing, 16_999), true);
    assert.equal(ticks(typing, 17_000), false);
    assert.equal(ticks({ typing: { people: [], at: 10_000 } }), false);
    assert.equal(ticks({ idleAt: 12_000 }), true);
    assert.equal(ticks({ pause: { until: 9_500, code: "busy" } }), true);
    assert.equal(ticks({ connection: { backAt: 9_000 } }), true);
  });
});

describe("who came and went", () => {
  const change = (what, name) => ({ what, person: { id: name, name } });
  test("comes down to who is here or gone in the end", () => {
    const net = netOf([
      change("joined", "a"),
      change("left", "b"),
      change("left", "a"),
      change("joined", "c"),
    ]);
    assert.deepEqual(net, { joined: ["c"], left: ["b"] });
  });
});

describe("people", () => {
  const people = ["Яна", "анна", "Борис"].map((name) => ({ id: name, name }));
  test("stand in the order of the alphabet after oneself", () => {
    assert.deepEqual(
      inOrder(people, "Яна").map(({ name }) => name),
      ["Яна", "анна", "Борис"],
    );
  });
  test("are found by a part of the name in any case", () => {
    assert.deepEqual(
      matching(people, " АН ").map(({ name }) => name),
      ["анна"],
    );
    assert.equal(matching(people, "").length, 3);
  });
  test("are offered for a mention, those whose name begins so first", () => {
    assert.deepEqual(
      candidates(people, "н", "").map(({ name }) => name),
      ["анна", "Яна"],
    );
    assert.deepEqual(
      candidates(people, "", "Яна").map(({ name }) => name),
      ["анна", "Борис"],
    );
  });
  test("are offered together with hooks that have written, each of them once", () => {
    const by = (id, name, more) => ({ kind: "message", from: { id, name }, ...more });
    const first = [by("hook-1", "Weather", { hook: true }), { kind: "notice" }, by("p", "Ян")];
    const second = [by("hook-2", "weather", { hook: true }), by("x", "Shell", { outside: true })];
    assert.deepEqual(hooksIn({ chunks: [{ items: first }, { items: second }] }), [
      { id: "hook-2", name: "weather", hook: true },
    ]);
  });
  test("are looked for only where a name is being written", () => {
    assert.deepEqual(queryAt("эй @бо", 6), { from: 3, text: "бо" });
    assert.equal(queryAt("a@b", 3), null);
    assert.equal(queryAt("@борис ", 7), null);
    assert.equal(queryAt("@a\nb", 4), null);
    assert.equal(queryAt("@a", 0), null);
  });
});

test("the title counts what is unread", () => {
  assert.equal(titled(0, "Чат"), "Чат");
  assert.equal(titled(3, "Чат"), "(3) Чат");
  assert.equal(titled(1000, "Чат"), "(99+) Чат");
});

describe("the texts", () => {
  const bundle = (lang) => {
    const made = new FluentBundle(lang, { useIsolating: false });
    const errors = made.addResource(new FluentResource(file(`static/i18n/${lang}.ftl`)));
    assert.deepEqual(errors, []);
    return made;
  };
  const ids = (lang) => [...bundle(lang)._messages.keys()].sort();

  test("are complete in both languages", () => assert.deepEqual(ids("ru"), ids("en")));

  test("count as the language does", () => {
    const count = (n) =>
      bundle("ru").formatPattern(bundle("ru").getMessage("to-new").value, { n, count: String(n) });
    assert.deepEqual([1, 2, 5, 21, 111].map(count), [
      "1 новое",
      "2 новых",
      "5 новых",
      "21 новое",
      "111 новых",
    ]);
  });

  test("are there for every id that the code asks for", () => {
    const known = new Set(ids("ru"));
    for (const name of readdirSync(new URL("../../static/js", import.meta.url), { recursive: true })) {
      if (!name.endsWith(".js")) continue;
      for (const [, id] of file(`static/js/${name}`).matchAll(/\b(?:t\(|tOr\([^,]+, )"([\w-]+)"/g)) {
        assert.ok(known.has(id), `${id} in ${name}`);
      }
    }
  });
});

test("the page that is left alone stays as it is", () => {
  const state = initial("chat");
  assert.equal(apply(state, { type: "view-changed", watching: true }), state);
});

test("no link leads out of the path that the chat's addresses begin with", () => {
  const folder = new URL("../../static/js/", import.meta.url);
  const names = readdirSync(folder, { recursive: true }).map((name) => `static/js/${name}`);
  const leading = names.filter((name) => name.endsWith(".js") && /(?:href|src|action)="\//.test(file(name)));
  assert.deepEqual(leading, []);
});
