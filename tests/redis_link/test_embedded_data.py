"""The embedded Redis's data: cut short by a power cut, restored from a copy, or left as they were."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from wschat.errors import StartError
from wschat.redis_link.append_only import readable_bytes, repair
from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.probe import Probe
from wschat.redis_link.restored import make_mark

from ..support.redis import needs_embedded

pytestmark = needs_embedded
META = "{chat}:meta"
ROOM_META = "{chat:kitchen}:meta"
SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
MULTI, EXEC = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"
SELECT = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"


class Data:
    """A data folder whose server starts and stops, with two rooms in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.embedded = EmbeddedRedis(folder)

    def start(self) -> Redis:
        self.embedded = EmbeddedRedis(self.folder)
        self.embedded.start()
        return Redis.from_url(self.embedded.url)

    def stop(self) -> None:
        self.embedded.release()

    def run(self, work: Callable[[Redis], object] = lambda client: None) -> None:
        """Start it, do this, and stop it."""
        with self.start() as client:
            work(client)
        self.stop()

    def crash(self, client: Redis) -> None:
        """SIGKILL for the server; the chat's own end notices nothing else."""
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        self.stop()

    def epochs(self) -> list[bytes | str | None]:
        found: list[bytes | str | None] = []
        self.run(lambda client: found.extend(client.hget(key, "epoch") for key in (META, ROOM_META)))
        return found

    @property
    def increment(self) -> Path:
        """The file that commands are appended to."""
        return max((self.folder / "redis" / "appendonlydir").glob("*.incr.aof"))


def begin(client: Redis) -> None:
    for key in (META, ROOM_META):
        client.hset(key, mapping={"epoch": "first", "seq": 1})


SAME = [b"first", b"first"]
NEW = [None, None]  # the next node to look makes one


@pytest.fixture
def data(tmp_path: Path) -> Data:
    data = Data(tmp_path / "data")
    data.run(begin)
    return data


# --- an append-only file that isn't whole --------------------------------------------


@pytest.mark.parametrize(
    ("content", "good"),
    [
        (b"", b""),
        (SELECT + SET, SELECT + SET),
        (SET + b"\0" * 4096, SET),
        (SET + bytes(range(100, 200)), SET),
        (SET + SET[:-1], SET),
        (SET + b"*", SET),
        (SET + b"*9999999999\r\n", SET),
        (SET + b"*3\r\n$3\r\nSET\r\n$999999999\r\nk", SET),
        (SET + b"*-1\r\n", SET),
        (b"\0" * 100, b""),
        (SET + MULTI + SET, SET),
        (SET + MULTI + SET + b"\0\0", SET),
        (SET + MULTI + SET + EXEC, SET + MULTI + SET + EXEC),
        (SET + MULTI + SET + EXEC[:-3], SET),
        (b"#TS:1616161616\r\n" + SET, b"#TS:1616161616\r\n" + SET),
        (SET.replace(b"$1\r\nv", b"$5\r\n\0\r\n\0\0"), SET.replace(b"$1\r\nv", b"$5\r\n\0\r\n\0\0")),
    ],
)
def test_whole_commands_and_transactions_are_kept(content: bytes, good: bytes, tmp_path: Path) -> None:
    """Everything from the first byte on that can't be read goes; zeroes within a value are no damage."""
    file = tmp_path / "file"
    file.write_bytes(content)
    assert content[: readable_bytes(file)] == good


@pytest.mark.parametrize(
    "tail",
    [b"\0" * 10_000, bytes(range(100, 200)) * 10, SET[:-3], MULTI + SET, b"*1\r\n"],
    ids=["zeroes", "noise", "a part of a command", "a part of a transaction", "a part of a length"],
)
def test_a_damaged_end_is_cut_kept_and_said(tail: bytes, data: Data, caplog: pytest.LogCaptureFixture) -> None:
    """The server starts with all that was before it, and every room begins a new epoch: acknowledged posts may lack."""
    before = data.increment.stat().st_size
    with data.increment.open("ab") as file:
        file.write(tail)
    assert data.epochs() == NEW
    (kept,) = (data.folder / "redis").glob("*.cut")
    assert kept.read_bytes() == tail
    assert kept.stat().st_mode & 0o077 == 0
    assert f"Cut {len(tail)} unreadable bytes" in caplog.text
    assert str(kept) in caplog.text
    with data.start() as client:
        assert client.hget(META, "seq") == b"1"
        assert client.set("k", "v")
    data.stop()
    assert data.increment.stat().st_size > before
    caplog.clear()
    data.run(begin)
    assert not caplog.text


def test_what_follows_a_gap_is_cut_too(tmp_path: Path) -> None:
    """While the file is rewritten there are two: the second one continues the first."""
    folder = tmp_path / "appendonlydir"
    folder.mkdir()
    names = ["appendonly.aof.1.incr.aof", "appendonly.aof.2.incr.aof"]
    lines = [f"file {name} seq {number} type i\n" for number, name in enumerate(names, 1)]
    (folder / "appendonly.aof.manifest").write_text("".join(lines))
    (folder / names[0]).write_bytes(SET + b"\0\0\0")
    (folder / names[1]).write_bytes(SET)
    assert [cut.bytes for cut in repair(tmp_path)] == [3, len(SET)]
    assert [(folder / name).read_bytes() for name in names] == [SET, b""]


def test_damage_that_cannot_be_repaired_is_said(data: Data) -> None:
    """The reason is that of the server's log, without a tool that isn't installed; nothing is cut."""
    (base,) = (data.folder / "redis" / "appendonlydir").glob("*.base.rdb")
    base.write_bytes(b"\0" * 50)
    with pytest.raises(StartError, match="failed to start: .*(signature|format|AOF|RDB).*\n.*redis.log") as caught:
        data.start()
    assert "check-aof" not in str(caught.value)
    assert not list((data.folder / "redis").glob("*.cut"))


# --- data from a copy -----------------------------------------------------------------


def copied(data: Data, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", data.folder, copy], check=True)


def by_folder(data: Data, copy: Path) -> None:
    shutil.rmtree(data.folder)
    subprocess.run(["cp", "-a", copy, data.folder], check=True)


def by_rename(data: Data, copy: Path) -> None:
    shutil.rmtree(data.folder)
    copy.rename(data.folder)


def by_tar(data: Data, copy: Path) -> None:
    archive = copy.with_suffix(".tar")
    subprocess.run(["tar", "-C", copy, "-cf", archive, "."], check=True)
    shutil.rmtree(data.folder)
    data.folder.mkdir()
    subprocess.run(["tar", "-C", data.folder, "-xpf", archive], check=True)


def over_it(data: Data, copy: Path) -> None:
    """In place: inodes stay."""
    subprocess.run(["cp", "-a", f"{copy}/.", data.folder], check=True)


def append_only_folder(data: Data, copy: Path) -> None:
    shutil.rmtree(data.folder / "redis" / "appendonlydir")
    shutil.copytree(copy / "redis" / "appendonlydir", data.folder / "redis" / "appendonlydir")


def append_only_file(data: Data, copy: Path) -> None:
    """In place."""
    data.increment.write_bytes((copy / "redis" / "appendonlydir" / data.increment.name).read_bytes())


WAYS = [by_folder, by_rename, by_tar, over_it, append_only_folder, append_only_file]


@pytest.mark.parametrize("is_hot", [False, True], ids=["a copy of a stopped one", "a copy of a running one"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_restored_copy_begins_new_epochs_once(
    way: Callable[[Data, Path], None], is_hot: bool, data: Data, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Clients may have read further than the copy goes: they must not take new messages for old ones."""
    copy = tmp_path / "copy"
    if is_hot:
        data.run(lambda client: copied(data, copy))
    else:
        copied(data, copy)
        data.run(lambda client: client.hset(META, "seq", 2))
    assert "older data" not in caplog.text
    way(data, copy)
    assert data.epochs() == NEW
    assert caplog.text.count("older data") == 1
    data.run(begin)
    assert data.epochs() == SAME
    assert caplog.text.count("older data") == 1


def test_a_key_of_another_type_keeps_no_room_from_a_new_epoch(
    data: Data, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is named in the log; the rooms beside it begin theirs, and only once."""
    rooms = [f"{{chat:room-{number}}}:meta" for number in range(40)]

    def epochs(client: Redis) -> list[str]:
        return [room for room in rooms if client.hexists(room, "epoch")]

    def prepare(client: Redis) -> None:
        for room in rooms:
            client.hset(room, mapping={"epoch": "first", "seq": 1})
        client.set("{chat:foreign}:meta", "junk")

    data.run(prepare)
    copied(data, tmp_path / "copy")
    data.run()
    by_folder(data, tmp_path / "copy")
    with data.start() as client:
        assert epochs(client) == []
        prepare(client)
    data.stop()
    assert [record.key for record in caplog.records if hasattr(record, "key")] == ["{chat:foreign}:meta"]
    with data.start() as client:
        assert epochs(client) == rooms
    data.stop()


def test_an_upgrade_marks_the_data_without_a_word(data: Data, caplog: pytest.LogCaptureFixture) -> None:
    """Data of a version that knew no marks are as good as any."""
    with data.start() as client:
        client.delete("wschat:data")
        for mark in (data.folder / "redis").glob("mark-*"):
            mark.unlink()
        data.crash(client)
    assert data.epochs() == SAME
    assert data.epochs() == SAME
    assert not caplog.text


def test_the_same_data_keep_their_epochs(data: Data, caplog: pytest.LogCaptureFixture) -> None:
    """After stops, crashes, a rewritten file, a moved folder, and a second user: nothing was lost, nothing is told."""
    assert data.epochs() == SAME
    with data.start() as client:
        data.crash(client)
    with data.start() as client:
        client.bgrewriteaof()
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.01)
        second = EmbeddedRedis(data.folder)
        second.start()
        second.release()
        data.crash(client)
    data.folder = data.folder.rename(data.folder.with_name("moved"))
    assert data.epochs() == SAME
    assert not caplog.text
    assert len(list((data.folder / "redis").glob("mark-*"))) == 1


@pytest.mark.parametrize(("place", "name"), [(Probe, "execute"), (Path, "glob")])
def test_a_crash_while_the_data_are_marked_is_no_restore(
    place: object, name: str, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old mark goes only when Redis has stored the new one."""
    with data.start() as client:
        with monkeypatch.context() as broken:
            broken.setattr(place, name, lambda *arguments: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                make_mark(Probe(data.embedded.url), data.embedded.folder)
        data.crash(client)
    assert data.epochs() == SAME


def test_a_full_disk_keeps_the_mark_it_has(data: Data) -> None:
    """Redis refuses to write then: the data are still the same."""
    with data.start() as client:
        client.config_set("maxmemory", 1)
    data.stop()
    assert data.epochs() == SAME
