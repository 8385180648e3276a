/** What the style sheets must not do in any browser down to the floor. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../../static/css/", import.meta.url);

/** @param {string} css @returns {string[]} the selectors of each rule, as a list with commas */
const selectorsIn = (css) =>
  [...css.replace(/\/\*.*?\*\//gs, "").matchAll(/(?<=[{};]|^)[^{};]+(?=\{)/g)].map(([list]) => list.trim());

test("a selector that older browsers don't know stands in no list with others: they would drop the whole rule", () => {
  const lists = readdirSync(folder).flatMap((name) =>
    selectorsIn(readFileSync(new URL(name, folder), "utf8")),
  );
  assert.ok(lists.length > 300);
  const mixed = lists.filter((list) => {
    const each = list.split(/,(?![^(]*\))/).map((one) => one.includes(":has("));
    return new Set(each).size > 1;
  });
  assert.deepEqual(mixed, []);
});

test("only the token for it uses the unit of what a phone's bars leave, which Chrome knows from 108 on", () => {
  const users = readdirSync(folder).filter((name) =>
    /\d(?:[dsl]v[hwib]|v[ib])\b/.test(readFileSync(new URL(name, folder), "utf8")),
  );
  assert.deepEqual(users, ["tokens.css"]);
});
