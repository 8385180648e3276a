/** The socket to the server: when it is opened, and how its death is noticed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tell } from "./browser.js";
import {
  connection,
  define,
  joins,
  last,
  loses,
  pass,
  phases,
  returns,
  STEP,
  sockets,
  tries,
} from "./fake-sockets.js";

describe("a connection", () => {
  test("begins when it is wanted, and says who is there", async () => {
    await pass(5_000);
    assert.equal(sockets(), 0);
    await joins();
    assert.deepEqual([sockets(), last().sent, phases], [1, ["hello"], ["connecting", "joining"]]);
  });

  test("that breaks is tried again after longer and longer, until there is a welcome", async () => {
    await loses();
    await tries(7_500);
    assert.deepEqual(
      phases.filter((phase) => phase !== "connecting"),
      [1, 2, 4, 8].map((seconds) => `waiting ${seconds}000`),
    );
    await loses();
    await pass(STEP);
    assert.deepEqual(phases, ["waiting 1000"]);
  });

  test("is tried at once, and once, when it is wanted during a delay", async () => {
    await loses();
    await tries(4_000);
    const before = sockets();
    for (let n = 0; n < 2; n += 1) connection.retry();
    await pass(STEP);
    assert.equal(sockets(), before + 1);
  });

  test("that works is replaced at a random moment where all pages of a room want that, and once", async () => {
    await joins();
    for (let n = 0; n < 2; n += 1) connection.retrySoon();
    await pass(1_900);
    assert.equal(sockets(), 1);
    await pass(200);
    assert.equal(sockets(), 2);
    last().welcomes();
    await pass(5_000);
    assert.equal(sockets(), 2);
  });

  test("that breaks before it was to be replaced waits like any other", async () => {
    await joins();
    connection.retrySoon();
    connection.retryAfter(20_000);
    await pass(10_000);
    assert.deepEqual([sockets(), phases.at(-1)], [1, "waiting 20000"]);
  });

  test("comes back at once from a restart, whose closes the server spreads", async () => {
    await loses(1012);
    await pass(STEP);
    assert.deepEqual(phases, ["waiting 300"]);
  });

  test("isn't tried again where only the person can, and seldom after the server has stopped", async () => {
    for (const [code, phase] of [
      [4500, "stopped"],
      [4501, "removed"],
      [4502, "expired"],
    ]) {
      await joins();
      last().close(code);
      const before = sockets();
      await pass(60_000);
      assert.deepEqual([phases.at(-1), sockets()], [phase, before]);
    }
    await joins();
    last().close(4500);
    connection.retry();
    await pass(STEP);
    last().close(1006);
    await pass(STEP);
    assert.equal(phases.at(-1), "waiting 15000");
  });

  test("that the person has opened again is tried as often as any other", async () => {
    await joins();
    last().close(4500);
    await loses();
    await pass(STEP);
    assert.deepEqual(phases, ["waiting 1000"]);
  });
});

describe("without a network", () => {
  test("the page is offline all the time, also while it tries", async () => {
    await joins();
    define(navigator, "onLine", false);
    phases.length = 0;
    last().close(1006);
    await tries(7_500);
    assert.deepEqual([...new Set(phases.map((phase) => phase.split(" ")[0]))], ["offline"]);
    assert.equal(sockets(), 4);
  });

  test("a connection is soon replaced, unless its server runs on this machine", async () => {
    await joins();
    await pass(1_000);
    tell("offline");
    assert.deepEqual(last().sent, ["hello", "ping"]);
    last().says({ type: "pong" });
    await pass(2_000);
    assert.equal(sockets(), 1);
    tell("offline");
    await pass(1_100);
    assert.equal(sockets(), 2);
  });

  test("the page is tried at once when it is back", async () => {
    await loses();
    await tries(8_000);
    const before = sockets();
    tell("online");
    await pass(STEP);
    assert.equal(sockets(), before + 1);
  });

  test("the page says so no longer when it is back, though an attempt hangs", async () => {
    await joins();
    define(navigator, "onLine", false);
    last().close(1006);
    await pass(1_500);
    assert.deepEqual([sockets(), phases.at(-1)], [2, "offline"]);
    define(navigator, "onLine", true);
    tell("online");
    await pass(STEP);
    assert.deepEqual([sockets(), phases.at(-1)], [3, "connecting"]);
  });

  test("a connection that the person must open stays closed when it is back", async () => {
    await joins();
    last().close(4500);
    tell("online");
    await pass(60_000);
    assert.deepEqual([sockets(), phases.at(-1)], [1, "stopped"]);
  });
});

describe("somebody who returns to the page", () => {
  test("needn't wait for the next attempt", async () => {
    await loses();
    await tries(8_000); // the next one is in seven seconds, and the last was a second ago
    await pass(5_000);
    const before = sockets();
    define(document, "hidden", true);
    await returns();
    assert.equal(sockets(), before);
    define(document, "hidden", false);
    await returns();
    assert.equal(sockets(), before + 1);
  });

  test("makes no attempt each time that they come and go", async () => {
    await loses();
    await tries(8_000);
    const before = sockets();
    for (let n = 0; n < 20; n += 1) {
      await returns();
      if (last().readyState === 0) last().close(1006);
    }
    assert.equal(sockets(), before);
  });

  test("waits like everyone for a server that says how long", async () => {
    await joins();
    connection.retryAfter(20_000);
    await pass(10_000);
    assert.equal(phases.at(-1), "waiting 20000");
    const before = sockets();
    await returns();
    assert.equal(sockets(), before);
  });

  test("learns soon that the connection is dead", async () => {
    await joins();
    await pass(1_000);
    await returns();
    assert.deepEqual(last().sent, ["hello", "ping"]);
    await pass(5_000);
    assert.equal(sockets(), 2);
  });
});

describe("a silent connection", () => {
  test("is asked whether it lives, and replaced without an answer", async () => {
    await joins();
    await pass(19_000);
    assert.deepEqual(last().sent, ["hello"]);
    await pass(6_000);
    assert.deepEqual(last().sent, ["hello", "ping"]);
    last().says({ type: "pong" });
    await pass(10_000);
    assert.equal(sockets(), 1);
    await pass(20_000);
    assert.equal(sockets(), 2);
  });
});
