"""The map of the code in docs/architecture.md is right, and each decision has its parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .docs import ROOT, headings, tables, text_of

DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
PLACES = sorted(set(re.findall(r"`([a-z_]+/[\w./-]*|\w+\.(?:py|lua|html))`", text_of("docs/architecture.md"))))


def test_the_map_of_the_code_has_the_rows_that_are_checked() -> None:
    """The page docs/architecture.md has the layers that import-linter checks, module by module."""
    layers = re.search(r"^layers = \[(.*?)^\]", text_of("pyproject.toml"), re.MULTILINE | re.DOTALL)
    assert layers is not None
    checked = [set(re.findall(r"\w+", layer)) for layer in re.findall(r'^ +"(.+)"', layers[1], re.MULTILINE)]
    drawn: dict[int, set[str]] = {}
    for row in tables(text_of("docs/architecture.md")):
        if row[0].isdigit():
            drawn.setdefault(int(row[0]), set()).update(re.findall(r"`(\w+)`", row[1]))
    assert list(drawn.values()) == checked[::-1]


@pytest.mark.parametrize("name", PLACES)
def test_places_on_the_map_exist(name: str) -> None:
    """`broker/feed.py` is in wschat/, `deploy/` at the root, and `post.lua` somewhere below."""
    if "/" in name:
        assert (ROOT / name).exists() or (ROOT / "wschat" / name).exists()
    else:
        assert (ROOT / name).exists() or any((ROOT / "wschat").rglob(name))


def test_the_map_says_who_calls_each_script() -> None:
    """Who reads a script finds what it is given, and who reads the answer."""
    package = ROOT / "wschat"
    calls = {
        (script, path.relative_to(package).as_posix())
        for path in package.rglob("*.py")
        for script in re.findall(r"load_script\(\"(\w+)\"\)", text_of(path))
    }
    rows = tables(text_of("docs/architecture.md"))
    table = rows[rows.index(["script", "called by"]) + 1 :][: len({module for _, module in calls})]
    drawn = [(script, row[1].strip("`")) for row in table for script in re.findall(r"`(\w+)`", row[0])]
    assert sorted(drawn) == sorted(calls)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.stem)
def test_decisions_say_why_and_what_follows(decision: Path) -> None:
    """Each has its context and consequences, carries its file's number, and is in the list."""
    parts = headings(text_of(decision))
    assert parts[0][1].startswith(f"{int(decision.name[:4])}. ")
    assert [words for level, words in parts if level == 2] == ["Context", "Decision", "Consequences"]
    assert f"]({decision.name})" in text_of("docs/decisions/README.md")


def test_no_number_of_a_decision_is_given_twice() -> None:
    """Each decision has a number of its own."""
    numbers = [decision.name[:4] for decision in DECISIONS]
    assert len(numbers) == len(set(numbers))
