"""`make upgrade`: the new version takes the place of the old one when it is whole and works, and not before."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ..support.checkout import Project, executable


class Upgraded(Project):
    """A checkout of a repository that has one more version: another lock, another `version`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.origin = folder / "origin"
        self.write(".gitignore", "/.venv/\n/.venv.*/\n")
        self.write("version", "chat 1\n")
        self.write("server.py", "PORT = 8888\n")
        self.folder.rename(self.origin)
        self.git("init", "--quiet", "--initial-branch", "main", where=self.origin)
        self.commit("one")
        self.git("clone", "--quiet", str(self.origin), str(self.folder), where=folder)
        (self.origin / "requirements/run.lock").write_text("tornado==7\n")
        (self.origin / "version").write_text("chat 2\n")
        self.commit("two")
        self.install("run")

    def git(self, *words: str, where: Path | None = None) -> str:
        names = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        done = subprocess.run(
            ["git", *names, *words], cwd=where or self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, subject: str) -> None:
        self.git("add", "--all", where=self.origin)
        self.git("commit", "--quiet", "--message", subject, where=self.origin)

    @property
    def state(self) -> tuple[str, str, str]:
        """The commit, the installed lock, and what else lies beside .venv."""
        beside = sorted(path.name for path in self.folder.glob(".venv.*"))
        return self.git("log", "-1", "--format=%s"), (self.folder / ".venv/wschat/run.lock").read_text(), str(beside)

    def upgrade(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("make", "upgrade", f"ARGS={' '.join(words)}", **environment)


ONE, TWO = ("one", "tornado==6\n"), ("two", "tornado==7\n")


@pytest.fixture
def project(tmp_path: Path) -> Upgraded:
    return Upgraded(tmp_path)


def test_an_upgrade_brings_code_and_environment_and_can_be_undone(project: Upgraded) -> None:
    """And what was undone can be done again; the environment knows where it is."""
    done = project.upgrade()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Upgraded: chat 2")
    assert project.state == (*TWO, "['.venv.old']")
    assert project.install("run") == []
    done = project.upgrade("--back")
    assert done.stdout.startswith("Back: chat 1")
    assert project.state == (*ONE, "['.venv.old']")
    assert project.upgrade("--back").stdout.startswith("Back: chat 2")
    assert project.state == (*TWO, "['.venv.old']")
    assert project.install("run") == []
    assert project.upgrade().stdout == "This is the newest version.\n"


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ({"PIP": "false"}, "Could not install the new version."),
        ({"WORKS": "false"}, "The new version doesn't work here"),
        ({"CHECK": "false"}, "The new version doesn't work here"),
    ],
)
def test_what_cannot_be_installed_or_does_not_work_changes_nothing(
    trouble: dict[str, str], sentence: str, project: Upgraded
) -> None:
    """A requirement that isn't there, no network, a full disk; a version that doesn't start or can't use its Redis."""
    done = project.upgrade(**trouble)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert done.stderr.rstrip().splitlines()[-2 if "make" in done.stderr else -1] == "Nothing has changed."
    assert project.state == (*ONE, "[]")
    assert project.git("worktree", "list").count("\n") == 0
    assert project.upgrade().returncode == 0


def test_a_version_is_fetched_by_its_name(project: Upgraded) -> None:
    """A tag that was made after the checkout; without a network, a version that is here already will do."""
    project.git("tag", "v2", where=project.origin)
    (project.origin / "version").write_text("chat 3\n")
    project.commit("three")
    done = project.upgrade("v2")
    assert done.returncode == 0, done.stderr
    assert project.state == (*TWO, "['.venv.old']")
    project.git("fetch", "--quiet")
    project.origin.rename(project.origin.with_name("away"))
    assert project.upgrade("origin/main").returncode == 0
    assert project.git("log", "-1", "--format=%s") == "three"


def test_no_network_changes_nothing(project: Upgraded) -> None:
    """The new version can't be fetched."""
    project.origin.rename(project.origin.with_name("away"))
    done = project.upgrade()
    assert done.returncode != 0
    assert "Could not fetch the new version" in done.stderr
    assert project.state == (*ONE, "[]")


def test_a_kill_in_the_middle_changes_nothing(project: Upgraded) -> None:
    """The next upgrade begins anew."""
    pip = executable(project.folder.parent / "pip", '#!/bin/sh\nkill -9 "$(cat "$VICTIM")"\nexit 1\n')
    victim = project.folder.parent / "victim"
    started = ["sh", "-c", 'echo $$ >"$VICTIM"; exec tools/upgrade.sh']
    assert project.run(*started, PIP=str(pip), VICTIM=str(victim)).returncode != 0
    assert project.state == (*ONE, "['.venv.upgrade']")
    assert project.upgrade().returncode == 0
    assert project.state == (*TWO, "['.venv.old']")


# Stands for a program of the upgrade: one call of it ends in trouble while code and environment change places.
MEANWHILE = """#!/bin/sh
case "{name} $*" in
    $CALL)
        if [ -e .venv.swap ] && rm "$ARMED" 2>/dev/null; then
            case "$*" in
                checkout*) for file; do :; done; echo half >"$file"; : >.git/index.lock ;;
            esac
            $TROUBLE
        fi ;;
esac
exec {program} "$@"
"""
CALLS = (
    "rm -f *index.lock", "git update-index *", "git checkout *", "git reset *", "mv .venv .venv.former", "mv * .venv",
    "mv .venv.former .venv.old", "rm -rf .venv.swap",
)  # fmt: skip


def interrupted(project: Upgraded, call: str, trouble: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Upgrade, with this trouble at the first call of this shape."""
    programs, armed = project.folder.parent / "meanwhile", project.folder.parent / "armed"
    for name in ("git", "mv", "rm"):
        executable(programs / name, MEANWHILE.format(name=name, program=shutil.which(name)))
    armed.touch()
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "CALL": call, "ARMED": str(armed), "TROUBLE": trouble}
    done = project.run("setsid", "--wait", "tools/upgrade.sh", *words, **environment)
    assert not armed.exists()
    return done


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("words", [(), ("--back",)])
def test_a_kill_while_code_and_environment_change_places_is_made_good(
    words: tuple[str, ...], call: str, project: Upgraded
) -> None:
    """At whatever step: the next start, which has no network, has both of one version, and one can go on and back."""
    project.write("server.py", "PORT = 9000\n")
    if words:
        assert project.upgrade().returncode == 0
    interrupted(project, call, "kill -9 0", *words)
    assert project.install("run", PIP="false") == []
    assert project.state == (*(ONE if words else TWO), "['.venv.old']")
    assert project.git("status", "--porcelain") == "M server.py"
    assert (project.folder / "version").read_text() == ("chat 1\n" if words else "chat 2\n")
    for expected in (TWO, ONE) if words else (ONE, TWO):
        assert project.upgrade("--back").returncode == 0
        assert project.state == (*expected, "['.venv.old']")


@pytest.mark.parametrize("words", [(), ("--back",)])
def test_files_that_cannot_be_written_are_those_of_before(words: tuple[str, ...], project: Upgraded) -> None:
    """The disk is full in the middle of them: what was written is taken back."""
    if words:
        assert project.upgrade().returncode == 0
    before = project.state
    done = interrupted(project, "git checkout *", "exit 1", *words)
    assert done.stderr.endswith("Could not write the files; see above.\nNothing has changed.\n")
    assert project.state == before
    assert project.git("status", "--porcelain") == ""
    assert project.upgrade(*words).returncode == 0


def test_what_was_committed_or_lies_in_the_way_here_is_not_lost(project: Upgraded) -> None:
    """Going back would drop commits made since, and the new version would overwrite a file that git doesn't know."""
    (project.origin / "news").write_text("theirs")
    project.commit("three")
    project.write("news", "mine")
    done = project.upgrade()
    assert "brings files that lie here already. Move them away: news" in done.stderr
    assert (project.folder / "news").read_text() == "mine"
    (project.folder / "news").unlink()
    assert project.upgrade().returncode == 0
    project.git("commit", "--quiet", "--allow-empty", "--message", "mine")
    assert "What was committed here since the upgrade would be lost" in project.upgrade("--back").stderr
    assert project.git("log", "-1", "--format=%s") == "mine"


def test_what_was_changed_here_stays(project: Upgraded) -> None:
    """The constants of server.py, unless the new version changes that file, too."""
    project.write("server.py", "PORT = 9000\n")
    assert project.upgrade().returncode == 0
    assert (project.folder / "server.py").read_text() == "PORT = 9000\n"
    assert project.upgrade("--back").returncode == 0
    assert (project.folder / "server.py").read_text() == "PORT = 9000\n"
    (project.origin / "server.py").write_text("PORT = 7777\n")
    project.commit("three")
    done = project.upgrade()
    assert done.returncode != 0
    assert "The new version changes what was changed here, too: server.py" in done.stderr
    assert project.state == (*ONE, "['.venv.old']")


def test_where_nothing_can_be_upgraded_it_says_so(project: Upgraded) -> None:
    """No version to go back to, none of that name, one that isn't newer."""
    for words, sentence in (("--back", "no version to go back to"), ("v9", "There is no version v9")):
        done = project.upgrade(words)
        assert done.returncode != 0
        assert sentence in done.stderr
    project.git("commit", "--quiet", "--allow-empty", "--message", "mine")
    assert "doesn't contain what was committed here" in project.upgrade().stderr
