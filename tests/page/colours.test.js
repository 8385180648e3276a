/** The colours: what is written in them can be read. */
import "./browser.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HUES } from "../../static/js/views/people/person-colours.js";

const file = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** @param {string} hex @param {string} other */
function contrast(hex, other) {
  const [dark, light] = [hex, other].map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {string} hex */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test("names and avatars can be read in every hue, on every row, in both themes", () => {
  const rule = /\[data-hue="(\d+)"\] \{ --hue: light-dark\((#\w{6}), (#\w{6})\); --hue-dim: (#\w{6})/g;
  const tokens = file("static/css/tokens.css");
  const hues = [...tokens.matchAll(rule)];
  assert.equal(hues.length, HUES);
  const rows = ["haze", "paper", "fog", "cream", "own"].map((name) => {
    const [, light, dark] = tokens.match(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`) ?? [];
    return { light, dark };
  });
  for (const [, number, light, dark, dim] of hues) {
    for (const row of rows) {
      assert.ok(contrast(light, row.light) >= 4.5, `${number} on ${row.light}`);
      assert.ok(contrast(dark, row.dark) >= 4.5, `${number} on ${row.dark}`);
    }
    for (const hex of [light, dim]) assert.ok(contrast("#ffffff", hex) >= 4.5, `white on ${hex}`);
  }
});

test("the colours in docs/page.md are those of tokens.css, with their contrast", () => {
  const tokens = file("static/css/tokens.css");
  const [, table] = file("docs/page.md").match(/## Colours\n.*?(\| text .*?)\n\n/s) ?? [];
  for (const theme of [2, 3]) {
    const cells = table.split("\n").map((row) => row.split("|")[theme]);
    const surface = cells[0].match(/on `(#\w{6})`/)?.[1] ?? "";
    const found = cells.flatMap((cell) => [...cell.matchAll(/`(#\w{6})`(?: on `(#\w{6})`)?: ([\d.]+)/g)]);
    assert.equal(found.length, 5);
    for (const [said, colour, ground = surface, ratio] of found) {
      for (const hex of [colour, ground]) assert.ok(tokens.includes(hex), hex);
      assert.equal(contrast(colour, ground).toFixed(1), ratio, said);
    }
  }
});
