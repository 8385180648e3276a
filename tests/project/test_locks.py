"""The locks: what the project depends on, in exact versions, with hashes and without addresses."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


from ..support.checkout import Project, tracked_files
from ..support.server import ROOT
from .sources import nodes_of

WITH_EXTRAS = re.compile(r"([\w-]+)\[([\w,-]+)\](?!.*\bextra ==)")  # a requirement that isn't itself of an extra
MYPY = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def locked_in(lock: Path) -> dict[str, set[str]]:
    """The extras of each package in the lock."""
    lines = re.findall(r"^([a-z][\w-]*)(?:\[([\w,-]+)\])?==", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: set(filter(None, extras.split(","))) for name, extras in lines}


def imported_libraries(places: Iterable[str]) -> set[str]:
    """The first names of all modules that the Python files there import absolutely."""
    found: set[str] = set()
    for file in tracked_files():
        if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in places:
            nodes = nodes_of(file)
            names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
            names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
            found |= {name.split(".")[0] for name in names}
    return found


def test_the_type_check_installs_what_the_checked_files_import() -> None:
    """Otherwise it fails in a fresh clone, and passes where somebody has installed the benchmark's libraries."""
    untyped = {module.removesuffix(".*") for override in MYPY["overrides"] for module in override["module"]}
    recipe = re.search(r"^check-types:.*\n\t@\$\(VENV\) (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    installed = {name for lock in recipe[1].split() for name in locked_in(ROOT / f"requirements/{lock}.lock")}
    others = {name for lock in LOCKS for name in locked_in(lock)} - installed
    imported = imported_libraries(MYPY["files"])
    assert "msgspec" in imported & installed
    assert imported & others <= untyped


def test_every_folder_of_python_is_type_checked() -> None:
    """A new folder is easily forgotten in the list."""
    places = {file.relative_to(ROOT).parts[0] for file in tracked_files() if file.suffix == ".py"}
    assert places == set(MYPY["files"])


def test_requirements_txt_is_the_only_list_of_dependencies() -> None:
    """The file pyproject.toml reads requirements.txt and lists none itself."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert pyproject["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}
    assert "dependencies" in pyproject["project"]["dynamic"]
    assert not {"dependencies", "optional-dependencies"} & pyproject["project"].keys()


def test_every_dependency_is_locked() -> None:
    """Each name in requirements.txt has an exact version in the lock."""
    wanted = re.findall(r"^([A-Za-z][\w-]*)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert wanted
    assert {name.lower() for name in wanted} <= locked_in(ROOT / "requirements/run.lock").keys()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_names_the_extras_that_its_packages_ask_for(lock: Path) -> None:
    """Otherwise pip before 23.3 takes the newest version for `coverage[toml]`, and refuses it: it has no hash."""
    locked = locked_in(lock)
    assert locked
    for name in locked:
        with suppress(PackageNotFoundError):  # isn't for this system
            for wanted in filter(None, map(WITH_EXTRAS.match, requires(name) or ())):
                assert set(wanted[2].split(",")) <= locked.get(wanted[1].lower(), set(wanted[2].split(","))), wanted[0]


def test_the_locks_are_made_of_what_stands_in_their_inputs() -> None:
    """Nobody forgot `make lock`."""
    result = subprocess.run(
        [sys.executable, "tools/lock.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_a_forgotten_lock_is_found(project: Project) -> None:
    """A requirement that changed without its lock fails the check, and the error names its file."""
    shutil.copytree(ROOT / "requirements", project.folder / "requirements", dirs_exist_ok=True)
    project.write("requirements.txt", (ROOT / "requirements.txt").read_text() + "left-pad\n")
    result = project.run(sys.executable, "tools/lock.py", "--check")
    assert result.returncode == 1
    assert "requirements.txt" in result.stderr


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    """The installing user chooses the index, and the hashes verify its files."""
    text = lock.read_text()
    hashed = re.findall(r"^[a-z][\w.-]*(?:\[[\w,-]+\])?==[^\n]* \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(hashed) == len(re.findall(r"^[^#\s]", text, re.MULTILINE))
    assert "://" not in text


def test_the_locks_of_node_have_no_addresses() -> None:
    """Otherwise npm writes the source of each package."""
    locks = [file for file in tracked_files() if file.name == "package-lock.json"]
    assert locks
    assert [lock for lock in locks if '"resolved"' in lock.read_text()] == []
