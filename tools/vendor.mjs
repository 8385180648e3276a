/**
 * Builds static/vendor/ from the packages in package-lock.json, so that the chat runs without Node.
 *
 *   node tools/vendor.mjs           writes the files
 *   node tools/vendor.mjs --check   fails if the committed files differ from what it would write
 */
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const ENTRY = join(ROOT, "tools/vendor.entry.js");
const VENDOR = join(ROOT, "static/vendor");
const APACHE = join(ROOT, "node_modules/typescript/LICENSE");
const EMOJI_DATA = "emoji-picker-element-data";
const LICENCE_NAMES = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE"];

/** @returns {Promise<{code: string, packages: string[]}>} one module, and the packages that it contains */
async function bundle() {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    // Drops the branches for other runtimes.
    define: { process: "undefined" },
    legalComments: "none",
    metafile: true,
    write: false,
  });
  const packages = new Set();
  for (const input of Object.keys(result.metafile.inputs)) {
    const name = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (name) packages.add(name);
  }
  return { code: result.outputFiles[0].text, packages: [...packages].sort() };
}

/** Newer emoji than these (Unicode's version) are boxes on too many devices. */
const NEWEST_EMOJI = 15.1;
/** Skin tones and hair, which are no emoji by themselves. */
const COMPONENTS = 2;

/** @param {string} language @returns {Promise<string>} groups of emoji with their name and further words to find them by, as JSON */
async function emoji(language) {
  const file = join(ROOT, "node_modules", EMOJI_DATA, language, "cldr/data.json");
  /** @type {Map<number, string[]>} */
  const groups = new Map();
  for (const { emoji: char, annotation, tags = [], group, version } of JSON.parse(await readFile(file, "utf8"))) {
    if (group === COMPONENTS || version > NEWEST_EMOJI) continue;
    const words = tags.filter((/** @type {string} */ tag) => !annotation.includes(tag)).join(" ");
    groups.set(group, [...(groups.get(group) ?? []), JSON.stringify([char, annotation, words])]);
  }
  const parts = [...groups].sort(([a], [b]) => a - b).map(([, rows]) => `[\n${rows.join(",\n")}\n]`);
  return `[${parts.join(",")}]\n`;
}

/** @param {string} name @returns {Promise<string>} the package's licence, under a line that names it */
async function licence(name) {
  const folder = join(ROOT, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const heading = `${name} ${version} (${license})`;
  for (const file of LICENCE_NAMES) {
    const text = await readFile(join(folder, file), "utf8").catch(() => null);
    if (text) return `${heading}\n\n${text.trim()}\n`;
  }
  // @fluent/bundle names its licence without a copy; TypeScript, which checks the page, has the full text of it.
  if (license === "Apache-2.0") return `${heading}\n\n${await readFile(APACHE, "utf8")}`;
  throw new Error(`${name} carries no licence`);
}

/** @returns {Promise<Record<string, string>>} file name -> contents */
async function make() {
  const { code, packages } = await bundle();
  const entry = await readFile(ENTRY, "utf8");
  return {
    "vendor.js": code,
    "vendor.d.ts": entry.replace(/\/\*.*?\*\//s, "/* Types of vendor.js. */"),
    "emoji-ru.json": await emoji("ru"),
    "emoji-en.json": await emoji("en"),
    "LICENSES.txt": (await Promise.all([...packages, EMOJI_DATA].sort().map(licence))).join(`\n${"-".repeat(78)}\n\n`),
  };
}

const files = await make();
if (process.argv.includes("--check")) {
  let stale = 0;
  for (const [name, text] of Object.entries(files)) {
    const committed = await readFile(join(VENDOR, name), "utf8").catch(() => "");
    if (committed !== text) stale += 1, console.error(`static/vendor/${name} differs: run "node tools/vendor.mjs"`);
  }
  process.exitCode = stale ? 1 : 0;
} else {
  await mkdir(VENDOR, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(VENDOR, name), text);
}
