"""A node takes pictures in and gives them out; each is read in a process of its own."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from wschat.counters import Counters
from wschat.errors import ErrorCode, Refused
from wschat.pictures import Pictures, encoder
from wschat.pictures.encoder import Encoder
from wschat.pictures.folder_store import FolderStore

from .samples import plain

SCRIPTS = {
    "waits": "import time, sys; sys.stdin.buffer.read(); time.sleep(60)",
    "writes without end": "import os\nwhile True: os.write(1, bytes(1 << 16))",
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "works too long": "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "doesn't start": "print('no Pillow', flush=True); raise SystemExit(1)",
    "lies": "import os; os.write(1, bytes(8) + b'<script>')",
    "doesn't listen": "import os; os.close(0); os.write(1, b'no'); os._exit(65)",
}


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
async def pictures(folder: FolderStore, counters: Counters) -> AsyncIterator[Pictures]:
    pictures = Pictures(folder, counters)
    yield pictures
    await pictures.stop()


@pytest.fixture
def script(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program in place of the one that re-encodes."""
    stand_in = tmp_path / "script.py"
    stand_in.write_text(SCRIPTS[request.param])
    monkeypatch.setattr(encoder, "SCRIPT", stand_in)


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "script.py" in " ".join(one.cmdline())]


async def refusal(pictures: Pictures, data: bytes) -> ErrorCode:
    with pytest.raises(Refused) as refused:
        await pictures.add("chat", data)
    return refused.value.code


async def test_a_picture_is_stored_and_given_out_until_it_is_deleted(pictures: Pictures, counters: Counters) -> None:
    """Under an id that nobody can guess, in its room only; it is counted."""
    picture = await pictures.add("кухня", plain(8, 4))
    assert (picture.width, picture.height, len(picture.id)) == (8, 4, 22)
    part = await pictures.get("кухня", picture.id)
    assert part is not None
    data = part.data
    assert data[:4] + data[8:12] == b"RIFFWEBP"
    assert (counters.pictures_stored, counters.picture_bytes) == (1, len(data))
    assert await pictures.get("chat", picture.id) is None
    await pictures.delete("кухня", [picture.id])
    assert await pictures.get("кухня", picture.id) is None


async def test_what_isnt_a_picture_is_refused_and_counted(pictures: Pictures, counters: Counters) -> None:
    """With the reason that its process gives."""
    with pytest.raises(Refused, match="can't be read") as refused:
        await pictures.add("chat", b"hello")
    assert refused.value.code is ErrorCode.PICTURE_INVALID
    assert (counters.pictures_stored, counters.pictures_refused) == (0, {"picture_invalid": 1})


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("writes without end", ErrorCode.PICTURE_INVALID),
        ("crashes", ErrorCode.PICTURE_INVALID),
        ("works too long", ErrorCode.PICTURE_INVALID),
        ("is killed", ErrorCode.BUSY),
        ("doesn't start", ErrorCode.UNAVAILABLE),
        ("lies", ErrorCode.PICTURE_INVALID),
        ("doesn't listen", ErrorCode.PICTURE_INVALID),
    ],
    indirect=["script"],
)
async def test_whatever_becomes_of_the_process_there_is_an_answer(
    pictures: Pictures, script: None, code: ErrorCode
) -> None:
    """One that says whether to try again, and no process is left."""
    assert await refusal(pictures, plain() + bytes(1 << 20)) is code
    assert children() == []


def test_a_picture_that_takes_too_long_is_known_by_its_signal() -> None:
    """A kill would look as if the machine had no memory left, and whoever sent the picture would try again."""
    code = "import transcode; transcode.PROCESSOR_TIME = 1; transcode.lock_up()\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], cwd=encoder.SCRIPT.parent)
    assert done.returncode == -signal.SIGXCPU


@pytest.mark.parametrize("script", ["waits"], indirect=True)
async def test_two_are_read_at_once_and_others_wait_a_little(
    pictures: Pictures, script: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For their turn, and each for its own end: then its process is killed."""
    monkeypatch.setattr(encoder, "WAIT_MAX", 0.2)
    monkeypatch.setattr(encoder, "TIMEOUT", 0.7)
    adding = [asyncio.ensure_future(refusal(pictures, plain())) for _ in range(3)]
    done, _ = await asyncio.wait(adding, timeout=0.5)
    assert len(done) == 1
    assert len(children()) == encoder.AT_ONCE
    assert await asyncio.gather(*adding) == [ErrorCode.BUSY] * 3
    assert children() == []


@pytest.mark.parametrize("script", ["waits"], indirect=True)
async def test_the_processes_end_with_the_node_and_with_whoever_waits(pictures: Pictures, script: None) -> None:
    """A client that leaves ends its picture; at the node's end, all others are refused."""
    left, refused = asyncio.ensure_future(refusal(pictures, plain())), asyncio.ensure_future(refusal(pictures, plain()))
    while len(children()) < 2:
        await asyncio.sleep(0.01)
    left.cancel()
    await asyncio.wait([left])
    assert len(children()) == 1
    await pictures.stop()
    assert await refused is ErrorCode.UNAVAILABLE
    assert children() == []
    assert await refusal(pictures, plain()) is ErrorCode.UNAVAILABLE


async def test_the_process_knows_nothing_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its environment, in which there are passwords, nor its open files, nor its folder."""
    (tmp_path / "script.py").write_text(
        "import os; text = ' '.join([*os.environ, *sorted(os.listdir('/proc/self/fd')), os.getcwd()])\n"
        "os.write(1, text.encode()); os._exit(65)"
    )
    monkeypatch.setattr(encoder, "SCRIPT", tmp_path / "script.py")
    monkeypatch.setenv("WSCHAT_PASSWORD", "secret")
    with pytest.raises(Refused) as refused:
        await Encoder().encode(plain())
    assert refused.value.detail in ("0 1 2 3 /", "LC_CTYPE 0 1 2 3 /")  # 3: the list of them


async def test_a_disk_that_is_nearly_full_takes_no_pictures(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read."""

    async def no_space() -> bool:
        return False

    monkeypatch.setattr(pictures.store, "has_space", no_space)
    assert await refusal(pictures, b"") is ErrorCode.NO_SPACE


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.NO_SPACE),
        (errno.EDQUOT, ErrorCode.NO_SPACE),
        (errno.EIO, ErrorCode.UNAVAILABLE),
    ],
)
async def test_a_store_that_fails_is_an_answer_too(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch, number: int, code: ErrorCode
) -> None:
    """On storing and reading; a deletion is left to the sweep."""

    async def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    async def encoded(_: bytes) -> encoder.Encoded:
        return encoder.Encoded(1, 1, b"RIFF")

    for method in ("put", "get", "delete"):
        monkeypatch.setattr(pictures.store, method, fails)
    monkeypatch.setattr(pictures._encoder, "encode", encoded)
    assert await refusal(pictures, plain()) is code
    with pytest.raises(Refused) as refused:
        await pictures.get("chat", "a" * 22)
    assert refused.value.code is ErrorCode.UNAVAILABLE
    await pictures.delete("chat", ["a" * 22])


@pytest.mark.parametrize("picture", ["", "../../../../etc/passwd", "a" * 21, "a" * 21 + "/", "a" * 22 + "\n", "." * 22])
async def test_what_isnt_an_id_names_no_picture(pictures: Pictures, tmp_path: Path, picture: str) -> None:
    """Nothing outside the room's folder can be read or deleted."""
    (tmp_path / "data" / "pictures" / "chat").mkdir(parents=True)
    (outside := tmp_path / "data" / "pictures" / "out.webp").write_bytes(b"1")
    assert [await pictures.get("chat", one) for one in (picture, "../out")] == [None, None]
    await pictures.delete("chat", [picture, "../out"])
    assert outside.exists()
