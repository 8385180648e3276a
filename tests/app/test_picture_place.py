"""Where pictures are kept: all nodes of one Redis must have the same ones."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.app import picture_place
from wschat.app.picture_place import find_picture_place, is_local
from wschat.app.russian import in_russian
from wschat.errors import RedisWriteRefused, StartError
from wschat.redis_link import PICTURES_KEY, Call, PrimaryLink, RedisSource

from ..support.nodes import settings


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def found(
    link: PrimaryLink, pictures: str, data: Path, url: str = "unix:///run/redis.sock", **fields: Any
) -> str:
    return await find_picture_place(settings(pictures=pictures, data=data), RedisSource(url, "Redis", **fields), link)


async def test_with_the_embedded_redis_they_are_beside_it(link: PrimaryLink, redis: Redis, tmp_path: Path) -> None:
    """Nothing is written for that: who shares the one shares the other."""
    assert await found(link, "auto", tmp_path / "data", embedded=True) == str(tmp_path / "data" / "pictures")
    assert (await redis.exists(PICTURES_KEY), names(tmp_path)) == (0, [])


async def test_with_a_redis_on_this_machine_they_are_in_the_data_folder(
    link: PrimaryLink, redis: Redis, tmp_path: Path
) -> None:
    """Its id is Redis's from then on, also at the next start, and readable by nobody else."""
    for _ in range(2):
        assert await found(link, "auto", tmp_path) == str(tmp_path / "pictures")
    file = tmp_path / "pictures" / ".id"
    assert await redis.get(PICTURES_KEY) == file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names(tmp_path / "pictures") == [".id"]


async def test_with_a_redis_elsewhere_there_are_none(link: PrimaryLink, tmp_path: Path) -> None:
    """Other servers may be anywhere. With `off` there are none either."""
    assert await found(link, "auto", tmp_path, "redis://redis:6379") == ""
    assert await found(link, "off", tmp_path, embedded=True) == ""
    assert names(tmp_path) == []


@pytest.mark.parametrize("embedded", [True, False])
async def test_auto_takes_none_if_a_file_is_where_the_folder_would_be(
    link: PrimaryLink, tmp_path: Path, embedded: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, at the start, and the page has no button for pictures: each upload would fail."""
    file = tmp_path / "pictures"
    file.touch()
    assert await found(link, "auto", tmp_path, embedded=embedded) == ""
    (line,) = caplog.messages
    assert line.startswith(f"Takes no pictures: Could not write to the folder {file}: ")


async def test_another_folder_on_the_same_redis_is_refused(link: PrimaryLink, tmp_path: Path) -> None:
    """In words; until the key is deleted, or the folder is the same one, at whatever path."""
    one, other, moved = (str(tmp_path / name) for name in ("one", "other", "moved"))
    assert await found(link, one, tmp_path, "redis://redis") == one
    with pytest.raises(StartError, match="another folder than") as refused:
        await found(link, other, tmp_path, "redis://redis")
    assert "другой папке" in in_russian(str(refused.value))
    os.rename(one, moved)
    assert await found(link, moved, tmp_path, "redis://redis") == moved
    await link.execute(Call.command("DEL", PICTURES_KEY))
    assert await found(link, other, tmp_path, "redis://redis") == other


async def test_auto_takes_none_if_other_nodes_have_another_folder(
    link: PrimaryLink, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning: the chat itself works."""
    await found(link, "auto", tmp_path / "one")
    assert await found(link, "auto", tmp_path / "other") == ""
    (warning,) = caplog.messages
    assert warning.startswith("Takes no pictures: The other servers")


async def test_a_bucket_has_no_id(link: PrimaryLink, redis: Redis, tmp_path: Path) -> None:
    """Nothing but its name says which one it is."""
    assert await found(link, "s3://bucket/chat", tmp_path, "redis://redis") == "s3://bucket/chat"
    assert not await redis.exists(PICTURES_KEY)


async def test_a_folder_that_cant_be_written_is_refused(link: PrimaryLink, tmp_path: Path) -> None:
    """In words, in both languages."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartError, match="Could not write to the folder .*/file: ") as refused:
        await found(link, str(tmp_path / "file"), tmp_path)
    assert "Не удалось записать в папку" in in_russian(str(refused.value))


@pytest.mark.parametrize(
    ("missing", "pictures"), [("PIL", "./pictures"), ("PIL", "s3://bucket"), ("obstore", "s3://bucket")]
)
async def test_without_its_library_a_place_is_refused(
    link: PrimaryLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, pictures: str
) -> None:
    """And auto takes none."""
    monkeypatch.setattr(picture_place, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(StartError, match="isn't installed") as refused:
        await found(link, pictures, tmp_path)
    assert "Не установлено" in in_russian(str(refused.value))
    assert await found(link, "auto", tmp_path, embedded=True) == (
        "" if missing == "PIL" else str(tmp_path / "pictures")
    )


async def test_a_redis_that_is_full_doesnt_stop_the_start(
    link: PrimaryLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one stores the id."""
    execute = link.execute

    async def refuses(call: Call) -> Any:
        if call.args[0] == "SET":
            raise RedisWriteRefused("OOM")
        return await execute(call)

    monkeypatch.setattr(link, "execute", refuses)
    assert await found(link, str(tmp_path / "one"), tmp_path) == str(tmp_path / "one")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("unix:///run/redis.sock", True),
        ("redis://localhost:6379", True),
        ("redis://user:pw@127.0.0.2/1", True),
        ("rediss://[::1]:6379", True),
        ("redis://redis:6379", False),
        ("redis://10.0.0.1", False),
        ("redis+sentinel://localhost/main", False),
        ("redis+cluster://127.0.0.1:7000", False),
    ],
)
def test_a_redis_on_this_machine_is_recognized(url: str, expected: bool) -> None:
    """Of a set or cluster, any server may be elsewhere."""
    assert is_local(url) is expected
