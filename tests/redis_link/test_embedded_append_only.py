"""The embedded Redis's append-only file, cut short by a power cut or damaged: what is whole is kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wschat.errors import StartError
from wschat.redis_link.append_only import readable_bytes, repair

from ..support.embedded_data import META, NEW, Data, begin
from ..support.redis import needs_embedded

pytestmark = needs_embedded
SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
MULTI, EXEC = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"
SELECT = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"


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


def damaged_files(redis_folder: Path) -> list[Path]:
    """Two files of which the second continues the first, whose end is damaged."""
    folder = redis_folder / "appendonlydir"
    folder.mkdir()
    files = [folder / f"appendonly.aof.{number}.incr.aof" for number in (1, 2)]
    lines = [f"file {file.name} seq {number} type i\n" for number, file in enumerate(files, 1)]
    (folder / "appendonly.aof.manifest").write_text("".join(lines))
    files[0].write_bytes(SET + b"\0\0\0")
    files[1].write_bytes(SET)
    return files


def test_what_follows_a_gap_is_cut_too(tmp_path: Path) -> None:
    """While the file is rewritten there are two: the second one continues the first."""
    files = damaged_files(tmp_path)
    assert [cut.bytes for cut in repair(tmp_path)] == [3, len(SET)]
    assert [file.read_bytes() for file in files] == [SET, b""]


def test_a_repair_on_a_full_disk_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither takes what follows a gap for whole the next time, nor leaves the part that it could keep."""
    files = damaged_files(tmp_path)
    sync, left = os.fsync, [2]  # the first cut takes two

    def fsync(file: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space"):
            repair(tmp_path)
    assert len(list(tmp_path.glob("*.cut"))) == 1
    repair(tmp_path)
    assert [file.read_bytes() for file in files] == [SET, b""]


def test_damage_that_cannot_be_repaired_is_said(data: Data) -> None:
    """The reason is that of the server's log, without a tool that isn't installed; nothing is cut."""
    (base,) = (data.folder / "redis" / "appendonlydir").glob("*.base.rdb")
    base.write_bytes(b"\0" * 50)
    with pytest.raises(StartError, match="failed to start: .*(signature|format|AOF|RDB).*\n.*redis.log") as caught:
        data.start()
    assert "check-aof" not in str(caught.value)
    assert not list((data.folder / "redis").glob("*.cut"))
