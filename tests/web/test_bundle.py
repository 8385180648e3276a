"""The page's modules, joined into few files: they do what they do one by one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from wschat.web.bundle import bundle
from wschat.web.site_files import Site

from ..support.server import ROOT

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")

ENTRIES = ("js/main.js", "js/page.js")
LIBRARY = {"vendor/library.js": "const join = (words) => words.join(' '); export { join as joined };\n"}
PROGRAM = {
    "js/main.js": """import { log } from "./log.js";
import "./effect.js";
log("main", import.meta.url);
void import("./page.js").then(({ open }) => open());
""",
    "js/log.js": """import { joined as join } from "../vendor/library.js";
const lines = [];
export const log = (...words) => lines.push(join(words));
export async function flush() {
  console.log(JSON.stringify(lines));
}
""",
    "js/effect.js": """import { log } from "./log.js";
const lines = "effect";
log(lines);
""",
    "js/page.js": """import { joined } from "../vendor/library.js";
import * as counting from "./deep/counter.js";
import { later } from "./deep/later.js";
import {
  flush,
  log as write,
} from "./log.js";
write("page", joined(["its", "library"]));
export async function open() {
  counting.counter.add();
  const { see } = await later();
  see();
  write((await import("./deep/counter.js")).counter === counting.counter);
  write((await import("./page.js")).open === open);
  await flush();
}
""",
    "js/deep/counter.js": """import { log } from "../log.js";
export class Counter {
  count = 0;
  add() {
    this.count += 1;
  }
}
export const counter = new Counter();
log("counter", import.meta.url);
""",
    "js/deep/later.js": """export const later = () => import("./late.js");
""",
    "js/deep/late.js": """import { joined } from "../../vendor/library.js";
import { log } from "../log.js";
import { Counter, counter as shared } from "./counter.js";
import { help } from "./help.js";
export function see() {
  log("late", joined(["sees", shared.count, shared instanceof Counter, help()]), import.meta.url);
}
""",
    "js/deep/help.js": """import { counter } from "./counter.js";
export const help = () => counter.count;
""",
}


def run(folder: Path, files: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """`js/main.js` out of `files`, in Node."""
    for name, text in {**LIBRARY, **files, "package.json": '{"type": "module"}'}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return subprocess.run(
        ["node", *options, "js/main.js"], cwd=folder, capture_output=True, text=True, timeout=20, check=False
    )


@needs_node
def test_bundled_modules_do_what_they_do_one_by_one(tmp_path: Path) -> None:
    """Their order, what they share, and addresses seen from them are the same; each runs once."""
    one_by_one = run(tmp_path / "plain", PROGRAM)
    bundled = run(tmp_path / "bundled", bundle(PROGRAM, ENTRIES))
    assert bundled.stderr == one_by_one.stderr == ""
    said = json.loads(bundled.stdout.replace("/bundled/", "/plain/"))
    assert said == json.loads(one_by_one.stdout)
    assert [line.split()[0] for line in said] == ["effect", "main", "counter", "page", "late", "true", "true"]


def test_comments_are_left_out_and_lines_stay() -> None:
    """Comments on their own lines are a third of a bundle; those within a line stay; the source map has them all."""
    text = """/**
 * A module. It's **not** code.
 */
export const one = /** @type {number} */ (1); /* here */
  /* two */
  // This isn't either.
export const path = "a/*b*/"; // * / */
"""
    served = bundle({**PROGRAM, "js/effect.js": text, "js/deep/help.js": text}, ENTRIES)
    assert "not" not in served["js/main.js"]
    assert "This" not in served["js/main.js"]
    kept = """const one = /** @type {number} */ (1); /* here */


export const path = "a/*b*/"; // * / */
"""
    assert kept.replace("export ", "") in served["js/main.js"]
    assert served["js/deep/help.js"] == f"\n\n\nexport {kept}"
    assert text in json.loads(served["js/main.js.map"])["sourcesContent"]


def test_a_browser_asks_for_few_files() -> None:
    """Bundles take their modules' places, and modules that are loaded later stay on their own."""
    served = bundle(PROGRAM, ENTRIES)
    assert sorted(served) == [
        "js/deep/help.js", "js/deep/late.js", "js/main.js", "js/main.js.map", "js/page.js", "js/page.js.map",
    ]  # fmt: skip


@needs_node
@pytest.mark.parametrize("name", [name for name in PROGRAM if name != "js/main.js"])
def test_an_error_is_found_in_its_source(tmp_path: Path, name: str) -> None:
    """With the source map, a bundle's line is the line of the module that it came from."""
    text = PROGRAM[name] + "const after = 1;\nthrow new Error(`seen ${after}`);\n"
    line = text.count("\n")
    failed = run(tmp_path, bundle({**PROGRAM, name: text}, ENTRIES), "--enable-source-maps")

    assert re.search(rf"/{name}:{line}\b", failed.stderr), failed.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "export default 1;", "export { a };", 'export * from "./log.js";', 'export { a } from "./log.js";',
        "export let a = 1;", "export const { a } = {};", 'import log from "./log.js";',
        "import { log } from './log.js';", 'import { log } from "./log.js"', 'import { log } from "library";',
    ],
)  # fmt: skip
def test_another_form_of_import_or_export_is_refused(statement: str) -> None:
    """The server says which it is, rather than serve a page that doesn't run."""
    with pytest.raises(ValueError, match=r"js/late\.js: .*" + re.escape(statement)):
        bundle({**PROGRAM, "js/late.js": f"/** Loaded later. */\n{statement}\n"}, ENTRIES)


def test_modules_that_import_each_other_are_refused() -> None:
    """A block can only read what has run before."""
    circle = {"js/effect.js": 'import "./log.js";\n', "js/log.js": 'import "./effect.js";\n'}
    with pytest.raises(ValueError, match=r"js/log\.js → js/effect\.js → js/log\.js"):
        bundle({**PROGRAM, **circle}, ENTRIES)


def test_every_module_of_the_page_is_served_once() -> None:
    """A module in a bundle has no file of its own, where it could run a second time."""
    files = Site(ROOT, "ru").files
    bundled = [
        f"js/{source}"
        for name, file in files.items()
        if name.endswith(".js.map")
        for source in json.loads(file.body)["sources"]
    ]
    alone = [name for name in files if name.startswith("js/") and f"{name}.map" not in files and name[-4:] != ".map"]
    modules = [path.relative_to(ROOT / "static").as_posix() for path in (ROOT / "static/js").rglob("*.js")]
    assert sorted(bundled + alone) == sorted(modules)
    assert "js/conversation/chat.js" in bundled


def test_a_developer_gets_the_modules_as_they_are() -> None:
    """`make dev` serves what stands in the editor."""
    files = Site(ROOT, "ru", bundles=False).files
    for path in (ROOT / "static/js").rglob("*.js"):
        assert files[path.relative_to(ROOT / "static").as_posix()].body == path.read_bytes()
