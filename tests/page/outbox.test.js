/** What isn't sent yet: when it is sent again, and what a browser's storage keeps of it. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Sender } from "../../static/js/conversation/sender.js";
import { apply } from "../../static/js/state/state.js";
import { Outbox, restored } from "../../static/js/storage/outbox.js";
import { fakeDatabase, fakeStorage, until } from "./browser.js";
import { after, welcome } from "./events.js";

/** What a connected page sends and applies that has this post, at this time. */
function sentOf(post, now) {
  const heard = [];
  const state = after(welcome(), { type: "posts-loaded", posts: [post] });
  const chat = { state, dispatch: (event) => heard.push(event) };
  const clock = Date.now;
  Date.now = () => now;
  new Sender(chat, (command) => heard.push(command)).sendNext();
  Date.now = clock;
  return heard;
}

describe("the outbox", () => {
  const tried = "2026-11-23T12:00:00.000Z";
  const post = { id: "x", text: "x", time: "2026-11-01T12:00:00.000Z", status: "sending", tried };
  const hours = (count) => Date.parse(tried) + count * 3_600_000;
  test("sends again what was on its way, as long as the server remembers ids", () => {
    assert.equal(restored(post, hours(1)).status, "waiting");
    assert.deepEqual([restored(post, hours(24)).status, restored(post, hours(24)).code], ["failed", "old"]);
  });
  test("takes a post that an earlier version has sent for as old as its text", () => {
    const earlier = { ...post, time: tried, tried: true };
    assert.deepEqual(restored(earlier, hours(1)), { ...earlier, status: "waiting", tried });
    assert.equal(restored(earlier, hours(24)).code, "old");
  });
  test("of a page that was open all the while leaves to the person what may be stored twice", () => {
    const heard = sentOf({ ...post, status: "waiting" }, hours(25));
    assert.deepEqual(heard, [{ type: "post-expired", id: "x" }]);
    assert.equal(sentOf({ ...post, status: "waiting" }, hours(22))[0].type, "post");
    assert.equal(sentOf({ ...post, status: "waiting", tried: undefined }, hours(99))[0].type, "post");
  });
  test("remembers when a post was first sent, until the person sends it anew", () => {
    const again = sentOf({ ...post, status: "waiting" }, hours(22));
    assert.equal(again[1].tried, tried);
    const old = { ...post, status: "failed", code: "old" };
    const decided = after({ type: "posts-loaded", posts: [old] }, { type: "post-retried", id: "x" });
    assert.equal(decided.posts[0].tried, undefined);
  });
  test("forgets no first attempt where the person tries again what failed", () => {
    const failed = after({
      type: "posts-loaded",
      posts: [{ ...post, status: "failed", code: "internal" }],
    });
    const [again] = apply(failed, { type: "post-retried", id: "x" }).posts;
    assert.deepEqual([again.status, again.tried], ["waiting", tried]);
  });
  test("sends what was never tried, however old", () => {
    assert.equal(restored({ ...post, status: "waiting", tried: undefined }, hours(1000)).status, "waiting");
  });
  test("leaves to the person what another tab may have sent a day ago, while this one slept", () => {
    const loaded = restored({ ...post, status: "waiting", tried: undefined }, hours(0));
    assert.equal(sentOf(loaded, hours(22))[0].type, "post");
    assert.deepEqual(sentOf(loaded, hours(25)), [{ type: "post-expired", id: "x" }]);
  });
});

test("what a database failed to drop isn't back after a reload, and is dropped then", async () => {
  const posts = ["x", "y"].map((id) => ({
    id,
    text: id,
    time: "2026-11-23T12:00:00.000Z",
    status: "waiting",
  }));
  const storage = fakeStorage();
  const database = fakeDatabase();
  const outbox = new Outbox("chat");
  outbox.update([], posts);
  await until(() => database.items.size === 2 && !storage.items.size); // both are in the database
  database.fails = true;
  outbox.update(posts, posts.slice(1));
  await until(() => database.failures);
  database.fails = false;
  const { posts: left } = await new Outbox("chat").load();
  assert.deepEqual(
    left.map(({ id }) => id),
    ["y"],
  );
  await until(() => database.items.size === 1 && !storage.items.size);
  assert.deepEqual([...database.items.keys()], ["chat/y"]);
  assert.equal(storage.items.size, 0);
});
