"""The embedded Redis's data, restored from a copy or left as they were."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.probe import Probe
from wschat.redis_link.restored import make_mark

from ..support.embedded_data import META, NEW, SAME, Data, begin
from ..support.redis import needs_embedded

pytestmark = needs_embedded


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


def restored(data: Data, copy: Path) -> None:
    copied(data, copy)
    data.run(lambda client: client.hset(META, "seq", 2))
    by_folder(data, copy)


def damaged(data: Data, copy: Path) -> None:
    """As after a power cut."""
    with data.increment.open("ab") as file:
        file.write(b"\0" * 100)


END_IN_A_START = """
import os, sys
from pathlib import Path
from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.server_process import ServerProcess

ServerProcess._begin_epochs_if_restored = lambda *_: {end}
EmbeddedRedis(Path(sys.argv[1])).start()
"""


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(1)"], ids=["killed", "stopped"])
@pytest.mark.parametrize("way", [restored, damaged], ids=lambda way: way.__name__)
def test_who_ends_in_the_middle_of_a_start_leaves_the_new_epochs_to_the_next(
    way: Callable[[Data, Path], None], end: str, data: Data, tmp_path: Path
) -> None:
    """Whether the server runs on or was stopped: nobody must take its data for whole."""
    way(data, tmp_path / "copy")
    subprocess.run([sys.executable, "-c", END_IN_A_START.format(end=end), data.folder], check=False)
    assert data.epochs() == NEW
    data.run(begin)
    assert data.epochs() == SAME


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
