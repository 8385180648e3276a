"""Every test says in one sentence what it shows. Grammar can't be checked here; the shape of a sentence can."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parents[1].rglob("test_*.py"))
WORDS_MIN = 3


def is_sentence(docstring: str) -> bool:
    """Does it begin with a capital (or a number, a name in quotes) and end like a sentence?"""
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
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return [(node.name, ast.get_docstring(node) or "") for node in functions if node.name.startswith("test_")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FILES[0].parents[1])))
def test_every_test_has_a_sentence_for_a_docstring(file: Path) -> None:
    """A reader of the test report learns what each test shows."""
    assert [name for name, docstring in docstrings_of(file) if not is_sentence(docstring)] == []
