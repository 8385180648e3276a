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

test("colours are tokens: the dark theme and the contrast in docs/page.md know no others", () => {
  const colour =
    /(?:#|%23)[\da-f]{3,8}\b|\b(?:rgb|hsl|hwb|(?:ok)?l(?:ab|ch)|color)a?\(|(?<![-\w])(?:white|black|gr[ae]y|red|green|blue)(?![-\w])/i;
  const found = readdirSync(folder).flatMap((name) => {
    const css = readFileSync(new URL(name, folder), "utf8").replace(/\/\*.*?\*\//gs, "");
    const declarations = [...css.matchAll(/([\w-]+): ([^;{}]+);/g)];
    // A mask has no colour: it says what can be seen.
    const coloured = declarations.filter(
      ([, what, value]) => !what.endsWith("mask-image") && colour.test(value),
    );
    return coloured.map(([declaration]) => `${name}: ${declaration}`);
  });
  assert.ok(found.length > 50);
  assert.deepEqual(
    found.filter((each) => !each.startsWith("tokens.css")),
    [],
  );
});

test("what several components share is said in one rule", () => {
  /** @type {Map<string, string[]>} */
  const rules = new Map();
  // That of moderators is fetched apart from the others.
  for (const name of readdirSync(folder).filter((each) => each !== "moderation.css")) {
    const css = readFileSync(new URL(name, folder), "utf8").replace(/\/\*.*?\*\//gs, "");
    // Those at the beginning of a line hold everywhere, not in some media only.
    for (const [, selectors, body] of css.matchAll(/^([^\s@}][^{}]*) \{([^{}]*)\}/gm)) {
      const said = body.split(";").flatMap((each) => each.trim() || []);
      if (said.length < 2) continue;
      const key = said.sort().join("; ");
      rules.set(key, [...(rules.get(key) ?? []), selectors]);
    }
  }
  assert.ok(rules.size > 150);
  assert.deepEqual(
    [...rules].filter(([, selectors]) => selectors.length > 1),
    [],
  );
});
