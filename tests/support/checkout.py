"""A checkout in which the scripts of tools/ run, with a Python that only notes what it is asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .server import ROOT

# Stands for Python: makes a "virtual environment" of itself, and notes in $NOTES when it installs something.
PYTHON = """#!/bin/sh
case "$*" in
    *version_info*'<'*) exit "${TOO_OLD:-0}" ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo venv >>"$NOTES" ;;
    "-m pip install "*) for last; do :; done; ${PIP:-true} && echo "$last" >>"$NOTES" ;;
    *libc_ver*) echo "${LIBC:-}" ;;
    "server.py --version") ${WORKS:-true} && cat version ;;
    *" check") ${CHECK:-true} ;;
esac
"""


def tracked_files() -> list[Path]:
    """Skips the test where nobody can say which files are the project's."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no checkout or no git: nobody can say which files are the project's")
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z"]  # the checkout may be somebody else's
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    return [file for name in listed.stdout.split("\0") if name and (file := ROOT / name).is_file()]


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


class Project:
    """A checkout in which the set-up's scripts can run without doing harm."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.notes = folder / "notes"
        self.programs = folder / "programs"
        self.patience = 20.0  # s
        shutil.copytree(ROOT / "tools", self.folder / "tools")
        shutil.copy(ROOT / "Makefile", self.folder)
        self.write("requirements/run.lock", "tornado==6\n")
        self.write("requirements/test.lock", "pytest==9\n")
        self.python = executable(folder / "python", PYTHON)

    def write(self, path: str, text: str = "") -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        # What `make test` was called with is for the outer make.
        inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name and name != "MFLAGS"}
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=self.patience, check=False,
            env={**inherited, "PYTHON": str(self.python), "NOTES": str(self.notes), **environment},
        )  # fmt: skip

    def install(self, *locks: str, **environment: str) -> list[str]:
        """Run tools/venv.sh; returns what it made and installed."""
        self.notes.write_text("")
        result = self.run("tools/venv.sh", *locks, **environment)
        assert result.returncode == 0, result.stderr
        return self.notes.read_text().split()

    def with_nothing_but(self, *programs: str) -> dict[str, str]:
        """An environment in which only these programs are found."""
        self.programs.mkdir(exist_ok=True)
        for program in programs:
            found = shutil.which(program)
            assert found is not None
            (self.programs / program).symlink_to(found)
        return {"PATH": str(self.programs), "WSCHAT_CHROMIUM": ""}
