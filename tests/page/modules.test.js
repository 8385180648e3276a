/** Where the modules are, and what they may know of each other. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";

const FOLDER = new URL("../../static/js/", import.meta.url);
const FILES = readdirSync(FOLDER, { recursive: true }).filter((path) => path.endsWith(".js"));

/** The folders, and the files beside them, from the bottom up: a module knows its own folder and what is below it. */
const LAYERS = [
  ...["types.js", "base-path.js", "sleep.js", "text", "state", "i18n", "storage", "dom", "register-sw.js"],
  ...["lazy-modules.js", "draw-scheduler.js", "conversation", "alerts"],
  ...["views", "views/overlays", "views/people", "views/list", "views/dialogs", "views/composer"],
  ...["views/header", "views/moderation", "views/message-menu", "views/entering"],
  ...["input", "page.js", "main.js", "embed.js"],
];
/** These fetch what is above them, when it is wanted. */
const FETCHING = ["lazy-modules.js"];

/** @param {string} path   below static/js @returns {number} of its layer; -1: it has none */
const layerOf = (path) =>
  Math.max(LAYERS.indexOf(path), LAYERS.indexOf(path.slice(0, Math.max(0, path.lastIndexOf("/")))));

/** @param {string} path @returns {string[]} the modules that it imports, or whose types it uses */
function importsOf(path) {
  const code = readFileSync(new URL(path, FOLDER), "utf8");
  const fetches = FETCHING.includes(path) ? /from "(\.[^"]+)"/g : /(?:from |import |import\()"(\.[^"]+)"/g;
  return [...code.matchAll(fetches)]
    .map(([, to]) => new URL(to, new URL(path, FOLDER)).href.replace(FOLDER.href, ""))
    .filter((to) => !to.includes("/vendor/"));
}

describe("the modules", () => {
  test("import nothing from a layer above their own, not even a type", () => {
    const imports = FILES.flatMap((path) => importsOf(path).map((to) => [path, to]));
    assert.ok(imports.length > 400);
    const unknown = imports.flat().filter((path) => layerOf(path) < 0);
    assert.deepEqual(unknown, []);
    const upwards = imports.filter(([path, to]) => layerOf(to) > layerOf(path));
    assert.deepEqual(
      upwards.map((pair) => pair.join(" → ")),
      [],
    );
  });

  test("of the state import nothing else: not the wire, what is stored, or what is drawn", () => {
    const imports = FILES.filter((path) => path.startsWith("state/")).flatMap(importsOf);
    const elsewhere = imports.filter((to) => !to.startsWith("state/") && to !== "types.js");
    assert.deepEqual(elsewhere, []);
  });

  test("have a file name each: tabs and tracebacks tell them apart", () => {
    const names = FILES.map((path) => path.replace(/.*\//, ""));
    const twice = names.filter((name, i) => names.indexOf(name) !== i);
    assert.deepEqual(twice, []);
  });

  test("have comments that a diff shows: a line for each tag where one would be long", () => {
    const lines = FILES.flatMap((path) => {
      const code = readFileSync(new URL(path, FOLDER), "utf8");
      return code.split("\n").map((line, i) => ({ at: `${path}:${i + 1}`, line }));
    }).filter(({ line }) => /^\s*(?:\/?\*|\/\/)/.test(line));
    assert.ok(lines.length > 2000);
    const second = /^\s*\/?\*+ .* @(?:param|returns|type|template|property) /;
    const long = lines.filter(({ line }) => line.length > (second.test(line) ? 110 : 120));
    assert.deepEqual(
      long.map(({ at }) => at),
      [],
    );
  });
});
