"""The docs: what they name exists, where they point to is something, and both READMEs say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints
from urllib.parse import unquote

import pytest

from wschat.app.russian import read_catalogue
from wschat.cli.main import COMMANDS
from wschat.config import SETTINGS, Settings, option_name, variable_name
from wschat.idle import IdleWhen

from ..support.nodes import defaults
from .docs import FENCED, ROOT, headings, tables, text_of
from .sources import tree_of

READMES = ["README.md", "README.en.md"]
WITH_SETTINGS = [*READMES, "docs/operations.md"]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/*.md"), *ROOT.glob("tools/*.md")]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


def anchors(text: str) -> set[str]:
    """The names under which the headings can be linked to."""
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _, words in headings(text)}


def commands(text: str) -> list[str]:
    """The lines of all code blocks; what stands in quotes may differ from language to language."""
    lines = "\n".join(FENCED.findall(text)).splitlines()
    return [re.sub(r'"[^"]*"', '"…"', line) for line in lines]


def settings_rows(doc: str) -> dict[str, list[str]]:
    """The rows of the settings tables, by constant: constant, option, variable, default."""
    rows = [row for row in tables(text_of(doc)) if len(row) == 5 and row[1].startswith("`--")]
    return {row[0].strip("`"): [cell.strip("`") for cell in row[:4]] for row in rows}


def templates(tree: ast.AST) -> Iterator[str]:
    """Each string in `tree`, line by line, with … for what is filled in at run time."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield from "".join(map(str, parts)).split("\n")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.sub(r"%(\.\d+)?[a-z]", "…", node.value).split("\n")


def is_alarm(function: ast.Attribute) -> bool:
    is_loggers = isinstance(function.value, ast.Name) and function.value.id == "logger"
    return is_loggers and function.attr in ("warning", "error", "exception")


def alarms(tree: ast.AST) -> Iterator[str]:
    """The template of each warning and error that `tree` logs, except those whose text comes from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_alarm(node.func):
            yield from (line for line in templates(node.args[0]) if line != "…")


SOURCES = [tree_of(path) for path in [ROOT / "server.py", *(ROOT / "wschat").rglob("*.py")]]
ALARMS = {alarm for source in SOURCES for alarm in alarms(source)}


@cache
def all_templates() -> set[str]:
    return {template for source in SOURCES for template in templates(source)}


LOG_SECTION = text_of("docs/operations.md").partition("\n## Logs\n")[2].partition("\n## ")[0]
LOG_LINES = {line for row in tables(LOG_SECTION) for line in re.findall(r"`([^`]+)`", row[0])}
START_ERRORS = [row[0].strip("`") for row in tables(text_of(READMES[1])) if len(row) == 2 and row[0].startswith("`")]


NOT_INSTALLED = ("… isn't installed", "Не установлено: …")  # server.py has both: there is no catalogue yet


def in_the_russian_readme(error: str) -> str:
    """The beginning of a start error in Russian, if the server has it in Russian."""
    if error == NOT_INSTALLED[0]:
        return NOT_INSTALLED[1]
    for english, russian in read_catalogue().items():
        if english.startswith(error.removesuffix("…")):
            return re.split(r"[{:]", russian)[0].rstrip() + " …" * error.endswith("…")
    return error


def choices(setting: str) -> list[str]:
    """The values that a setting may have, if they are few."""
    hint = get_type_hints(Settings)[setting]
    if hint is IdleWhen:
        return [when.value for when in IdleWhen]
    return [str(choice) for choice in get_args(hint)] if get_origin(hint) is Literal else []


# -- both READMEs -------------------------------------------------------------------------------


def test_both_readmes_have_the_same_parts() -> None:
    """Each language has the same headings at the same levels."""
    russian, english = ([level for level, _ in headings(text_of(readme))] for readme in READMES)
    assert russian == english


def test_both_readmes_show_the_same_commands() -> None:
    """A command is the same in every language."""
    russian, english = (commands(text_of(readme)) for readme in READMES)
    assert russian == english


def test_both_readmes_tell_the_same_settings() -> None:
    """The rows and their order are the same, except that «нет» is «none»."""
    russian, english = (list(settings_rows(readme).values()) for readme in READMES)
    assert russian
    assert [["none" if cell == "нет" else cell for cell in row] for row in russian] == english


def test_both_readmes_have_equally_long_tables_and_lists() -> None:
    """Neither of them lacks a row or a point."""

    def shape(text: str) -> tuple[int, int, int]:
        lines = FENCED.sub("", text).splitlines()
        points = sum(line.startswith("- ") for line in lines)
        steps = sum(bool(re.match(r"\d+\. ", line)) for line in lines)
        return len(tables(text)), points, steps

    russian, english = (shape(text_of(readme)) for readme in READMES)
    assert russian == english


@pytest.mark.parametrize("doc", [*READMES, "CONTRIBUTING.md", "tests/README.md", ".pre-commit-config.yaml"])
def test_every_make_target_in_the_docs_exists(doc: str) -> None:
    """Every `make something` is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    wanted = set(re.findall(r"(?:^|`|entry: )make ([a-z-]+)", text_of(doc), re.MULTILINE))
    assert wanted
    assert wanted <= targets


@pytest.mark.parametrize("doc", WITH_SETTINGS)
def test_options_that_are_named_exist(doc: str) -> None:
    """Every option after `server.py` or in a sentence is a setting."""
    named = re.findall(r"server\.py --([a-z-]+)|`--([a-z-]+)[ `]|ARGS=\"--([a-z-]+)", text_of(doc))
    assert {next(filter(None, names)) for names in named} <= {
        "help",
        *map(option_name, SETTINGS),
        *(option.removeprefix("--") for command in COMMANDS for one in command.params for option in one.opts),
    }


# -- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("doc", WITH_SETTINGS)
def test_settings_tables_say_what_is_so(doc: str) -> None:
    """Each row has the constant, its option, its variable, and its default in server.py."""
    known = defaults()
    for constant, (_, option, variable, default) in settings_rows(doc).items():
        assert option == f"--{option_name(constant.lower())}"
        assert variable == variable_name(constant.lower())
        value = str(known[constant])
        if constant == "DATA":
            assert Path(value) == ROOT / default.split("`")[0]
        elif constant == "RESERVED_NAMES":
            assert all(name in value for name in re.findall("«(.+?)»", default))
        else:
            assert default in ([value] if value else ["none", "нет"])


@pytest.mark.parametrize("setting", SETTINGS)
def test_operations_tell_of_every_setting(setting: str) -> None:
    """Each setting has a row in docs/operations.md."""
    assert setting.upper() in settings_rows("docs/operations.md")


@pytest.mark.parametrize("setting", [setting for setting in SETTINGS if choices(setting)])
def test_operations_tell_of_every_choice(setting: str) -> None:
    """The row of a setting that has a few values names each of them."""
    (row,) = [row for row in tables(text_of("docs/operations.md")) if row[0] == f"`{setting.upper()}`"]
    assert [choice for choice in choices(setting) if f"`{choice}`" not in row[3] + row[4]] == []


# -- log lines and start errors -----------------------------------------------------------------


@pytest.mark.parametrize("line", sorted(LOG_LINES))
def test_a_log_line_in_the_docs_is_what_the_log_says(line: str) -> None:
    """Operators search the docs for the line that they see in the log."""
    assert line in all_templates()


@pytest.mark.parametrize("line", sorted(ALARMS))
def test_every_warning_and_error_is_in_the_docs(line: str) -> None:
    """An operator finds in docs/operations.md what to do about each of them."""
    assert line in LOG_LINES


def test_a_start_error_in_the_readmes_is_what_the_server_prints() -> None:
    """Both READMEs quote the beginning of the same start errors, each as its readers see it at a terminal."""
    assert START_ERRORS
    for error in [*START_ERRORS, NOT_INSTALLED[1]]:
        assert any(template.startswith(error) for template in all_templates()), error
    for error in START_ERRORS:
        assert f"| `{in_the_russian_readme(error)}` |" in text_of(READMES[0])


# -- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted((ROOT / "tests/faults").glob("test_*.py")), ids=lambda file: file.stem)
def test_every_scenario_has_its_fault_in_the_docs(file: Path) -> None:
    """The number of a scenario refers to a row of the list of faults in docs/reliability.md."""
    faults = text_of("docs/reliability.md").partition("\n## The faults\n")[2].partition("\n## ")[0]
    listed = {row[0] for row in tables(faults)}
    used = set(re.findall(r'mark\.scenario\("(\d+)', text_of(file)))
    assert used <= listed


# -- links --------------------------------------------------------------------------------------


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: str(doc.relative_to(ROOT)))
def test_links_lead_somewhere(doc: Path) -> None:
    """Every relative link points to an existing file, and to an existing heading in it."""
    for link in (first or second for first, second in LINK.findall(FENCED.sub("", text_of(doc)))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (doc.parent / unquote(file)).resolve() if file else doc
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert unquote(anchor) in anchors(text_of(target)), link


def test_every_tool_is_in_the_list_of_tools() -> None:
    """A newcomer learns there which target or page runs a file of tools/, and no file is forgotten."""
    files = {path.name for path in (ROOT / "tools").iterdir() if path.suffix in (".py", ".sh", ".js", ".mjs")}
    assert files == set(re.findall(r"`([\w.]+\.(?:py|sh|js|mjs))`", text_of("tools/README.md")))
