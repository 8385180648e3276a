"""A release of the chat during the day of an operator (operator_day.py)."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Release:
    """One revision of the chat with an environment of its own, beside others."""

    def __init__(self, folder: Path, revision: str) -> None:
        self.folder = folder
        self.revision = revision

    @property
    def python(self) -> str:
        return str(self.folder / ".venv/bin/python")

    def install(self) -> None:
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(self.folder)], check=True)
        subprocess.run(["git", "checkout", "--quiet", self.revision], cwd=self.folder, check=True)
        subprocess.run(["tools/venv.sh", "run"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def git(self, *words: str) -> str:
        """Run git and return its output. Raises CalledProcessError."""
        names = ["-c", "user.name=operator", "-c", "user.email=operator@example.org"]
        done = subprocess.run(["git", *names, *words], cwd=self.folder, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def upgrade(self, revision: str) -> subprocess.CompletedProcess[str]:
        """`make upgrade`, which may fail."""
        words = ["make", "upgrade", f"ARGS={revision}"]
        return subprocess.run(words, cwd=self.folder, check=False, capture_output=True, text=True)
