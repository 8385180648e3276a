"""The pages of the docs as text, and their parts."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(doc: str | Path) -> str:
    return (ROOT / doc).read_text(encoding="utf-8")


def headings(text: str) -> list[tuple[int, str]]:
    """(level, words) of each heading."""
    found = re.findall(r"^(#+) (.+)$", FENCED.sub("", text), re.MULTILINE)
    return [(len(marks), words) for marks, words in found]


def tables(text: str) -> list[list[str]]:
    """The cells of each row of each table."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [line for line in lines if not re.fullmatch(r"[|\-: ]+", line)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
