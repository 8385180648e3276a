"""Stores keep pictures as a whole or not at all, and for the server's user alone."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from wschat.model import room_name
from wschat.pictures import Part, PictureStore, open_store
from wschat.pictures.folder_store import FolderStore
from wschat.pictures.store import PART, folder_of, is_digest, room_of

from .conftest import objects

GB = 1 << 30


async def test_what_was_stored_is_there_until_it_is_deleted(store: PictureStore) -> None:
    """In its room, and in no other; what is gone already is no error."""
    before = time.time()
    await store.put("кухня", "one", b"1")
    await store.put("кухня", "two", b"2")
    await store.put("chat", "one", b"3")
    assert [await store.get(room, "one") for room in ("кухня", "chat", "attic")] == [Part(b"1", 1), Part(b"3", 1), None]
    assert sorted(await store.folders()) == ["chat", "кухня"]
    assert sorted(one.id for one in await store.pictures_in("кухня")) == ["one", "two"]
    assert all(abs(one.written - before) < 5 for one in await store.pictures_in("кухня"))
    await store.delete("кухня", ["one", "three"])
    await store.delete("attic", ["one"])
    assert (await store.get("кухня", "one"), await store.get("chat", "one")) == (None, Part(b"3", 1))
    assert await store.has_space()


async def test_a_large_picture_comes_in_parts(store: PictureStore) -> None:
    """Somebody may take minutes for each, and no more is in memory meanwhile."""
    data = bytes(range(251)) * (2 * PART // 251)
    await store.put("chat", "one", data)
    parts = [await store.get("chat", "one", start) for start in (0, PART, 2 * PART - 251)]
    assert parts == [Part(data[start:][:PART], len(data)) for start in (0, PART, 2 * PART - 251)]


async def test_an_empty_store_has_nothing(store: PictureStore) -> None:
    """Nor is it an error to look."""
    assert (await store.folders(), await store.pictures_in("chat")) == ([], [])
    await store.tidy("chat", time.time())


async def test_nobody_else_can_read_the_files(folder: FolderStore, tmp_path: Path) -> None:
    """Whatever the umask, and even if the folder was open before."""
    place = tmp_path / "data" / "pictures"
    place.mkdir(parents=True)
    place.chmod(0o777)
    before = os.umask(0)
    try:
        await folder.put("chat", "one", b"1")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (place, place / "chat", place / "chat" / "one.webp")]
    assert modes == [0o700, 0o700, 0o600]


async def test_files_and_their_names_are_on_the_disk_before_a_picture_counts_as_stored(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file first, while it has another name, and then the folders in which the names are."""
    place = tmp_path / "data" / "pictures"
    seen: list[str] = []

    def fsync(file: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{file}")).relative_to(place)
        seen.append(f"{name} {(place / 'chat' / 'one.webp').exists()}")

    monkeypatch.setattr(os, "fsync", fsync)
    await folder.put("chat", "one", b"1")
    assert seen == ["chat/.one False", "chat True", ". True"]


async def test_a_write_that_fails_leaves_nothing(
    folder: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says why."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await folder.put("chat", "one", b"1")
    assert list((tmp_path / "data" / "pictures" / "chat").iterdir()) == []


async def test_leftovers_of_interrupted_writes_are_tidied_up_and_empty_folders(
    folder: FolderStore, tmp_path: Path
) -> None:
    """A young one may be a write that goes on, and other programs have files there, too."""
    await folder.put("chat", "one", b"1")
    place = tmp_path / "data" / "pictures" / "chat"
    old, young, other = "." + 22 * "o", "." + 22 * "y", ".nomedia"
    for name, age in ((old, 100), (young, 1), (other, 100)):
        (place / name).write_bytes(b"half")
        os.utime(place / name, times=(time.time() - age, time.time() - age))
    assert [one.id for one in await folder.pictures_in("chat")] == ["one"]
    await folder.tidy("chat", time.time() - 50)
    assert sorted(path.name for path in place.iterdir()) == sorted([young, other, "one.webp"])
    (place / other).unlink()
    await folder.delete("chat", ["one"])
    await folder.tidy("chat", time.time())
    assert await folder.folders() == []


async def test_a_folder_that_is_swept_away_while_somebody_writes_is_made_anew(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep deletes empty folders."""
    real = folder._write
    tries = []

    def write(room: str, picture: str, data: bytes) -> None:
        tries.append(picture)
        if len(tries) == 1:
            raise FileNotFoundError
        real(room, picture, data)

    monkeypatch.setattr(folder, "_write", write)
    await folder.put("chat", "one", b"1")
    assert await folder.get("chat", "one") == Part(b"1", 1)


async def test_links_and_foreign_files_arent_pictures(folder: FolderStore, tmp_path: Path) -> None:
    """Nothing outside the folder is ever listed, and so deleted."""
    await folder.put("chat", "one", b"1")
    place = tmp_path / "data" / "pictures"
    (tmp_path / "home").mkdir()
    (place / "attic").symlink_to(tmp_path / "home")
    (place / "chat" / "notes.txt").write_text("mine")
    (place / "chat" / "link.webp").symlink_to(tmp_path / "home")
    assert await folder.folders() == ["chat"]
    assert [one.id for one in await folder.pictures_in("chat")] == ["one"]


@pytest.mark.parametrize(
    ("size", "free", "has_space"),
    [
        (10 * GB, 1 * GB, True),
        (10 * GB, 1 * GB - 1, False),
        (100 * GB, 5 * GB, True),
        (100 * GB, 5 * GB - 1, False),
        (10_000 * GB, 10 * GB, True),
        (10_000 * GB, 10 * GB - 1, False),
    ],
)
async def test_pictures_leave_the_disk_some_space(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch, size: int, free: int, has_space: bool
) -> None:
    """Messages need it: a full disk stops the embedded Redis, too."""
    disk = SimpleNamespace(f_frsize=1, f_blocks=size, f_bavail=free)
    monkeypatch.setattr(os, "statvfs", lambda path: disk)
    assert await folder.has_space() is has_space


async def test_the_loop_goes_on_while_the_disk_is_slow(folder: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread waits for it."""
    monkeypatch.setattr(os, "fsync", lambda file: time.sleep(0.1))
    writing = asyncio.ensure_future(folder.put("chat", "one", b"1"))
    await asyncio.sleep(0.05)
    assert not writing.done()
    await writing


async def test_every_error_of_a_bucket_is_one_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""

    store = objects()
    from obstore.exceptions import GenericError

    async def fails(*_: object) -> None:
        raise GenericError("no answer\n\nDebug source: …")

    monkeypatch.setattr("wschat.pictures.object_store.obstore.put_async", fails)
    with pytest.raises(OSError, match=r"^no answer$"):
        await store.put("chat", "one", b"1")


async def test_a_bucket_on_the_own_network_needs_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """If AWS_ALLOW_HTTP says so, which obstore itself reads only without other options of the client."""
    pytest.importorskip("obstore", reason="there is no wheel of it here")
    requests = list[bytes]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readline())
        writer.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    named = {"ENDPOINT": f"http://127.0.0.1:{port}", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "REGION": "z"}
    for name, value in {**named, "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    await open_store("s3://bucket").put("chat", "one", b"1")
    assert requests == [b"PUT /bucket/chat/one.webp HTTP/1.1\r\n"]
    server.close()


def test_a_bucket_is_opened_by_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asking it; an invalid one is refused in one line."""
    pytest.importorskip("obstore", reason="there is no wheel of it here")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert type(open_store("s3://bucket/chat")) is type(objects())
    with pytest.raises(OSError, match=r"^[^\n]+$"):
        open_store("s3://")


@pytest.mark.parametrize("room", ["chat", "kitchen_2", "кухня", "台所", "e\u0301"])
def test_a_folder_has_the_name_of_its_room(room: str) -> None:
    """In any script."""
    name = room_name(room)
    assert folder_of(name) == name
    assert room_of(folder_of(name)) == name


def test_a_name_too_long_for_a_file_system_becomes_a_digest() -> None:
    """Which is no room's name."""
    name = room_name("\U00020000" * 64)
    folder = folder_of(name)
    assert (len(folder) < 100, room_of(folder), is_digest(folder)) == (True, None, True)
    assert folder != folder_of(room_name("\U00020000" * 63))
    assert [room_of(name) for name in (".id", "lost+found", "../etc")] == [None] * 3
