/** Where the modules are, and what they may know of each other. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../static/js/", import.meta.url);

test("the state depends on nothing else: not on the wire, what is stored, or what is drawn", () => {
  const imports = readdirSync(new URL("state/", FOLDER)).flatMap((name) =>
    [
      ...readFileSync(new URL(`state/${name}`, FOLDER), "utf8").matchAll(
        /(?:from|import|import\() ?"([^"]+)"\)?;/g,
      ),
    ].map(([, path]) => path),
  );
  assert.ok(imports.length > 5);
  const elsewhere = imports.filter((path) => !/^\.\/[\w-]+\.js$/.test(path));
  assert.deepEqual(elsewhere, []);
});

test("no two modules have the same file name: tabs and tracebacks tell them apart", () => {
  const files = readdirSync(FOLDER, { recursive: true }).filter((path) => path.endsWith(".js"));
  const names = files.map((path) => path.replace(/.*\//, ""));
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  assert.deepEqual(twice, []);
});
