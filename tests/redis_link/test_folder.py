"""The embedded Redis's folder: nobody else can read, lock or delay it, and its path may be any."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import pytest
from redis import Redis

from wschat.errors import StartError, TryAgainLater
from wschat.redis_link import embedded as embedded_module
from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.folder import Lock

from ..support.redis import needs_embedded, servers_of
from ..support.server import ROOT

pytestmark = needs_embedded
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = 65534


@contextmanager
def running(data: Path) -> Iterator[Redis]:
    """A client of the embedded server of `data`."""
    embedded = EmbeddedRedis(data)
    embedded.start()
    with Redis.from_url(embedded.url) as client:
        yield client
    embedded.release()
    assert servers_of(data) == []


def open_to_others(folder: Path) -> list[str]:
    """The files that other users can access."""
    return [
        f"{stat.filemode(path.lstat().st_mode)} {path.name}"
        for path in (folder, *folder.rglob("*"))
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]


def as_nobody(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run it; from `become_nobody()` on it is another user of this machine, who may not even read its own modules."""
    begin = f"""
        import os, sys, tempfile  # which the folder imports when its path is a long one
        def become_nobody():
            os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
    """
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(begin) + textwrap.dedent(program), *map(str, arguments)],
        capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
    )  # fmt: skip


def let_others_pass(path: Path) -> None:
    """pytest's folders are private."""
    for folder in (path, *path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


# --- other users of the machine ---------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_its_user_may_read_it_whatever_the_umask(mask: int, tmp_path: Path) -> None:
    """The history and the token key are in it. An AOF rewrite makes new files, too."""
    data = tmp_path / "data"
    with umask(mask), running(data) as client:
        client.set("k", "v")
        client.bgrewriteaof()
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.01)
        assert open_to_others(data) == []
    assert open_to_others(data) == []


@needs_root
def test_a_command_of_another_user_does_not_take_a_folder_for_an_empty_one(tmp_path: Path) -> None:
    """It may not look into it, and says so."""
    program = """
        from pathlib import Path
        from wschat.errors import StartError
        from wschat.redis_link import find_redis
        become_nobody()
        try:
            find_redis("embedded", Path(sys.argv[1]), create=False)
        except StartError as problem:
            print(problem)
    """
    tmp_path.chmod(0o700)
    done = as_nobody(program, tmp_path / "data")
    assert "Permission denied" in done.stdout, done.stderr
    assert "There is no chat" not in done.stdout


def test_a_folder_that_others_may_read_is_taken_from_them(tmp_path: Path) -> None:
    """Earlier versions left it to the umask; a link in it is left as it is."""
    with umask(0), running(tmp_path):
        pass
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o644)
    elsewhere.chmod(0o644)
    (tmp_path / "redis" / "link").symlink_to(elsewhere)
    for path in (tmp_path / "redis").rglob("*"):
        if not path.is_symlink():
            path.chmod(0o777 if path.is_dir() else 0o666)
    (tmp_path / "redis").chmod(0o755)
    with running(tmp_path):
        assert open_to_others(tmp_path / "redis") == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


@needs_root
def test_another_user_can_neither_read_nor_lock_it(tmp_path: Path) -> None:
    """A lock held by another user would keep the chat from starting, and the socket would give everything away."""
    let_others_pass(tmp_path)
    attempt = """
        import fcntl, socket
        become_nobody()
        for name in sys.argv[2:]:
            try:
                if name.endswith(".sock"):
                    socket.socket(socket.AF_UNIX).connect(f"{sys.argv[1]}/{name}")
                else:
                    fcntl.flock(open(f"{sys.argv[1]}/{name}"), fcntl.LOCK_SH | fcntl.LOCK_NB)
                print("could open", name)
            except PermissionError:
                pass
    """
    with umask(0), running(tmp_path / "data") as client:
        client.set("k", "v")
        files = [path.relative_to(tmp_path) for path in (tmp_path / "data").rglob("*") if not path.is_dir()]
        assert len(files) > 5
        done = as_nobody(attempt, tmp_path, *files)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_root
def test_a_folder_of_another_user_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """It says whose it is, and nothing is changed."""
    let_others_pass(tmp_path)
    (tmp_path / "redis").mkdir()
    start = """
        from pathlib import Path
        from wschat.redis_link import embedded
        binary = embedded.valkey_binary()  # while it may be read: the checkout may be in a private folder
        embedded.valkey_binary = lambda: binary
        become_nobody()
        try:
            embedded.EmbeddedRedis(Path(sys.argv[1])).start()
        except Exception as problem:
            print(type(problem).__name__, problem)
    """
    done = as_nobody(start, tmp_path)
    assert "StartError" in done.stdout, done.stderr
    assert "belongs to the user root" in done.stdout
    assert not list((tmp_path / "redis").iterdir())


def test_a_lock_that_stays_taken_ends_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs while it starts the server must not make the others hang without a word."""
    monkeypatch.setattr(embedded_module, "TURN", 0.2)
    (tmp_path / "redis").mkdir()
    lock = Lock(tmp_path / "redis" / "start.lock")
    assert lock.try_to_take()
    with pytest.raises(TryAgainLater, match="Another process"):
        EmbeddedRedis(tmp_path).start()
    lock.close()


# --- paths ---------------------------------------------------------------------


ODD = [
    "50% #1?", "a b", "чат", "it's \"quoted\"", "semi;colon&amp", "line\nbreak\ttab", "-dash", "@at:host",
    "back\\slash", "я" * 100, "b" * 200, "~", "$HOME", "*",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    """Characters with a meaning in URLs, shells and configuration files, and more than a socket's address holds."""
    with running(tmp_path / name / "data") as client:
        assert client.set("k", "v")
    assert (tmp_path / name / "data" / "redis" / "appendonlydir").is_dir()


def test_a_name_that_is_no_text_works_too(tmp_path: Path) -> None:
    """A file system knows bytes only."""
    with running(tmp_path / os.fsdecode(b"\xff\xfe")) as client:
        assert client.set("k", "v")


def test_links_and_relative_paths_lead_to_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server started with another spelling of the folder shares the embedded Redis."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    with running(tmp_path / "real") as client:
        pid = client.info("server")["process_id"]
        for path in (tmp_path / "link", Path("real"), Path("link"), tmp_path / "link" / ".." / "real"):
            embedded = EmbeddedRedis(path)
            embedded.start()
            with Redis.from_url(embedded.url) as other:
                assert other.info("server")["process_id"] == pid
            embedded.release()


def test_a_shortcut_to_a_long_path_is_private_and_goes_with_its_process(tmp_path: Path) -> None:
    """A socket's address holds about a hundred bytes: a link in a private folder stands for the rest."""
    embedded = EmbeddedRedis(tmp_path / ("b" * 120))
    embedded.start()
    shortcut = Path(embedded.url.removeprefix("unix://")).parents[1]
    assert shortcut.stat().st_mode & 0o077 == 0
    embedded.release()
    assert not shortcut.exists()


@needs_root
@pytest.mark.parametrize("kind", ["read-only", "full"])
def test_a_place_that_cannot_be_written_is_said_to_be_so(kind: str, tmp_path: Path) -> None:
    """A file system mounted read-only is for a person to change; a full one may have room later."""
    place = tmp_path / "mount"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k" if kind == "full" else "ro", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine doesn't let us mount")
    try:
        if kind == "full":
            with suppress(OSError), (place / "filler").open("wb") as filler:
                filler.write(b"x" * 100_000)
        with pytest.raises(StartError, match="Could not write to the data folder|failed to start") as caught:
            EmbeddedRedis(place).start()
        assert isinstance(caught.value, TryAgainLater) == (kind == "full")
        assert servers_of(place) == []
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("place", ["data", "data/redis", "data/chat"])
def test_something_else_in_its_place_is_called_what_it_is(place: str, tmp_path: Path) -> None:
    """A file is no folder, and a link may lead to a disk that isn't there now."""
    (tmp_path / place).parent.mkdir(exist_ok=True)
    data = tmp_path / place.removesuffix("/redis")
    for make, reason in ((Path.touch, "Not a directory"), (links_nowhere, "No such file or directory")):
        make(tmp_path / place)
        with pytest.raises(StartError, match=f"{data}: {reason}"):
            EmbeddedRedis(data).start()
        (tmp_path / place).unlink()


def links_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def test_a_refused_start_leaves_nothing_behind(tmp_path: Path) -> None:
    """The shortcut to a socket with a long path is removed at once."""
    file = tmp_path / ("long" * 25)
    file.touch()
    embedded = EmbeddedRedis(file)
    shortcut = Path(unquote(embedded.url.removeprefix("unix://"))).parent.parent
    assert shortcut.exists()
    with pytest.raises(StartError):
        embedded.start()
    assert not shortcut.exists()


def test_a_working_directory_that_is_gone_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path leads nowhere then."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(StartError, match="Could not find the data folder"):
        EmbeddedRedis(Path("data"))
    monkeypatch.chdir(tmp_path)
