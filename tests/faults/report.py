"""The table: each scenario with its figures and its verdict.

python -m tests.faults.report FILE...   puts the tables of these runs into docs/reliability.md
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .oracle import Verdict

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".faults_cache"
PAGE = ROOT / "docs" / "reliability.md"
LAST = "## The last run\n"
HEAD = (
    "#",
    "scenario",
    "posts",
    "lost",
    "stored twice",
    "shown twice",
    "out of order",
    "healed, s",
    "figures",
    "verdict",
)


@dataclass
class Row:
    """One run of one scenario."""

    number: str
    title: str
    passed: bool = False
    posts: int | None = None
    lost: int = 0
    stored_twice: int = 0
    shown_twice: int = 0
    out_of_order: int = 0
    healed: float | None = None
    figures: list[str] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)  # rooms that a fault has nothing to do with

    def took(self, seconds: float) -> None:
        """How long until healed: the longest counts."""
        self.healed = max(self.healed or 0.0, seconds)

    def note(self, figure: str) -> None:
        self.figures.append(figure)

    def failed(self, problem: BaseException) -> None:
        """Note why a run without one of the defences failed; of anomalies, only how many there were."""
        self.note(str(problem).partition(": [")[0].replace("|", "/")[:160])

    def judged(self, verdict: Verdict) -> None:
        self.posts = (self.posts or 0) + verdict.posts
        self.lost += verdict.lost + verdict.holes
        self.stored_twice += verdict.stored_twice
        self.shown_twice += verdict.shown_twice
        self.out_of_order += verdict.out_of_order

    def cells(self) -> list[str]:
        counts = ["", "", "", "", ""]
        if self.posts is not None:
            figures = (self.posts, self.lost, self.stored_twice, self.shown_twice, self.out_of_order)
            counts = [f"{figure:,}" for figure in figures]
        healed = "" if self.healed is None else f"{self.healed:.1f}"
        return [
            self.number,
            self.title,
            *counts,
            healed,
            "; ".join(self.figures),
            "holds" if self.passed else "BROKEN",
        ]


def table(rows: list[Row], seed: int) -> str:
    """The rows as a table in Markdown, with what is needed to run them again."""
    rows = sorted(rows, key=lambda row: (int(row.number.rstrip("abcdefgh")), row.number))
    lines = [f"Seed {seed}, commit {_commit()}.", "", _line(HEAD), _line(["---"] * len(HEAD))]
    return "\n".join([*lines, *(_line(row.cells()) for row in rows)]) + "\n"


def write(rows: list[Row], seed: int) -> Path:
    """Into a file of its own, as a table and as JSON beside it."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"seed-{seed}.md"
    path.write_text(table(rows, seed), encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return path


def publish(files: list[Path]) -> None:
    """Put these tables at the end of the page that is about them, instead of those that stand there."""
    before = PAGE.read_text(encoding="utf-8").partition(LAST)[0]
    tables = "\n".join(file.read_text(encoding="utf-8") for file in files)
    PAGE.write_text(f"{before}{LAST}\n{tables}", encoding="utf-8")


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "?"


if __name__ == "__main__":
    publish([Path(argument) for argument in sys.argv[1:]])
