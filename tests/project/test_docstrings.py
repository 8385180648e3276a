"""Every test says in one sentence what it shows, and other docstrings stand alone.

Grammar can't be checked here; the shape of a sentence can.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from .sources import nodes_of

ROOT = Path(__file__).parents[2]
FILES = sorted(Path(__file__).parents[1].rglob("test_*.py"))
PLACES = ("wschat/**/*.py", "bench/*.py", "bench/*/*.py", "tools/*.py", "tests/**/*.py")
SOURCES = sorted(file for place in PLACES for file in ROOT.glob(place))
WORDS_MIN = 3
LEANING = ("The same", "See ", "Wait for that", "The opposite")  # they need another docstring
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def is_sentence(docstring: str) -> bool:
    """Whether it begins with a capital (or a number, a name in quotes) and ends like a sentence."""
    text = " ".join(docstring.split())
    return bool(re.match(r"[^\W_a-zа-яё]|[`«]", text)) and text.endswith(".") and len(text.split()) >= WORDS_MIN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RFC 6455 requires it.", True),
        ("«Показать ещё» asks for more.", True),
        ("1,000 people join.", True),
        ("no capital at the start.", False),
        ("No end", False),
        ("In order.", False),
    ],
)
def test_a_sentence_is_recognized(text: str, expected: bool) -> None:
    """The check tells sentences from scraps of text."""
    assert is_sentence(text) is expected


def docstrings_of(file: Path) -> list[tuple[str, str]]:
    """The name and docstring of each test in `file`."""
    functions = [node for node in nodes_of(file) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return [(node.name, ast.get_docstring(node) or "") for node in functions if node.name.startswith("test_")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FILES[0].parents[1])))
def test_every_test_has_a_sentence_for_a_docstring(file: Path) -> None:
    """A reader of the test report learns what each test shows."""
    assert [name for name, docstring in docstrings_of(file) if not is_sentence(docstring)] == []


def stands_alone(docstring: str) -> bool:
    """Whether it makes sense without another docstring, and doesn't begin with a question."""
    text = " ".join(docstring.split())
    return not text.startswith(LEANING) and not re.split(r"(?<=[.?!])\s", text)[0].endswith("?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Whether the room's primary answers.", True),
        ("The messages in the log. No question: are there any?", True),
        ("The same without the changes.", False),
        ("See PostCall.", False),
        ("Does the room's primary answer?", False),
        ("`/readyz`: can this node serve somebody new? Otherwise others should.", False),
    ],
)
def test_a_docstring_that_leans_on_another_is_recognized(text: str, expected: bool) -> None:
    """The check tells docstrings that stand alone from others."""
    assert stands_alone(text) is expected


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_docstring_of_the_program_and_its_helpers_stands_alone(file: Path) -> None:
    """An editor or `help()` shows one docstring at a time, and a predicate tells more than a question."""
    nodes = [node for node in nodes_of(file) if isinstance(node, DOCUMENTED)]
    helpers = [node for node in nodes if not getattr(node, "name", "").startswith("test_")]  # a test has neighbours
    assert [docstring for node in helpers if not stands_alone(docstring := ast.get_docstring(node) or "")] == []
