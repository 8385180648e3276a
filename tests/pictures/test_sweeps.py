"""Pictures go with their messages, and never before: a sweep reads the whole log first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import BLOCK, IGNORE_PACE, Log, clear_room, publishing
from wschat.errors import ErrorCode, LogLost, RedisUnavailable
from wschat.model import MAIN_ROOM, Person, Position
from wschat.pictures import PictureStore, Sweeper
from wschat.pictures.folder_store import FolderStore
from wschat.pictures.store import folder_of
from wschat.protocol import Picture
from wschat.redis_link import Call, PrimaryLink, RedisLink
from wschat.redis_link.link import CallResult

from ..support.room import RecordingSender, until
from .logs import HOUR, change, form, keep, kept, picture_id, post


def sweeper(store: PictureStore, link: RedisLink, hours: float = 26) -> Sweeper:
    """A sweeper by whose clock everything in the store has this age."""
    return Sweeper(store, link, lambda: time.time() + hours * HOUR)


async def test_pictures_without_a_message_are_deleted_a_day_later(
    store: PictureStore, link: RedisLink, redis: Redis
) -> None:
    """Those of messages stay, wherever in a long log they are; an upload that was never sent goes after 25 hours."""
    for seq in range(1, 2 * BLOCK + 10):
        await post(
            redis, "кухня", seq, *(["first"] if seq == 1 else ["last", "and-last"] if seq > 2 * BLOCK + 8 else [])
        )
    await keep(store, "кухня", "first", "last", "and-last", "unsent")
    await keep(store, "attic", "unsent")
    assert await sweeper(store, link, 24.9).sweep() == 0
    assert await sweeper(store, link, 25.1).sweep() == 2
    assert await kept(store, "кухня") == {"first", "last", "and-last"}
    assert await kept(store, "attic") == set()


async def test_a_message_counts_as_it_is_now(store: PictureStore, link: RedisLink, redis: Redis) -> None:
    """An edited one keeps its picture, and a deleted one doesn't, even if its first form is still in the log."""
    for seq, picture in ((1, "edited"), (2, "deleted")):
        await post(redis, "chat", seq, picture)
    await change(redis, "chat", 3, 1, form("chat", 1, "edited", rev=3, text="new"))
    await change(redis, "chat", 4, 2, form("chat", 2, rev=4, deleted=True))
    await redis.hset("{chat}:meta", "forms", "2")
    await keep(store, "chat", "edited", "deleted")
    await sweeper(store, link).sweep()
    assert await kept(store, "chat") == {"edited"}


async def test_trimmed_messages_leave_no_pictures(store: PictureStore, link: RedisLink, redis: Redis) -> None:
    """Those of the messages that are left stay."""
    for seq in range(1, 6):
        await post(redis, "chat", seq, f"p{seq}")
    await keep(store, "chat", *(f"p{seq}" for seq in range(1, 6)))
    await redis.xtrim("{chat}:log", minid="4-0", approximate=False)
    await sweeper(store, link).sweep()
    assert await kept(store, "chat") == {"p4", "p5"}


async def test_a_room_that_redis_doesnt_have_isnt_made_by_a_sweep(
    store: PictureStore, link: RedisLink, redis: Redis
) -> None:
    """Its pictures go: it has expired, or was forgotten."""
    long = "\U00020000" * 64
    await keep(store, "attic", "one")
    await keep(store, folder_of(long), "two")
    await sweeper(store, link).sweep()
    assert await store.pictures_in("attic") + await store.pictures_in(folder_of(long)) == []
    assert await redis.keys("*") == []


async def test_a_room_with_a_long_name_keeps_its_pictures(store: PictureStore, link: RedisLink, redis: Redis) -> None:
    """Its folder has another name."""
    long = "\U00020000" * 64
    await post(redis, long, 1, "one")
    await keep(store, folder_of(long), "one", "two")
    await sweeper(store, link).sweep()
    assert await kept(store, folder_of(long)) == {"one"}


async def test_what_isnt_a_rooms_folder_is_left_alone(folder: FolderStore, link: RedisLink) -> None:
    """Somebody else has put it there."""
    await keep(folder, "Lost+Found", "one")
    await sweeper(folder, link).sweep()
    assert await kept(folder, "Lost+Found") == {"one"}


async def test_a_picture_that_the_chat_hasnt_made_is_left_alone(
    folder: FolderStore, link: RedisLink, tmp_path: Path
) -> None:
    """PICTURES may be a folder in which somebody keeps others, whose names could be those of rooms."""
    await keep(folder, "holiday", "unsent")
    photo = tmp_path / "data" / "pictures" / "holiday" / "beach.webp"
    photo.write_bytes(b"RIFF")
    await sweeper(folder, link).sweep()
    assert await kept(folder, "holiday") == {"beach"}


class FailingLink(PrimaryLink):
    """Fails at the call with number `fails_at`, counted from the first about the room."""

    fails_at = 0
    calls = 0

    async def execute(self, call: Call) -> Any:
        self._count(call)
        return await super().execute(call)

    async def transaction(self, calls: Sequence[Call]) -> list[Any]:
        self._count(calls[0])
        return await super().transaction(calls)

    def _count(self, call: Call) -> None:
        if "{chat:kitchen}" in str(call.args[:2]):
            self.calls += 1
            if self.calls == self.fails_at:
                raise RedisUnavailable("away")


async def test_a_room_that_cant_be_read_to_its_end_loses_nothing(
    store: PictureStore, redis: Redis, redis_server: str
) -> None:
    """Whichever of the calls fails. Other rooms are swept all the same."""
    for seq in range(1, BLOCK + 10):
        await post(redis, "kitchen", seq, *(["first"] if seq == 1 else ["last"] if seq == BLOCK + 9 else []))
    link = FailingLink(redis_server)
    await link.start()
    failures = 0
    while link.calls >= link.fails_at:
        link.calls, link.fails_at = 0, link.fails_at + 1
        await keep(store, "kitchen", "first", "last", "unsent")
        await keep(store, "attic", "unsent")
        await sweeper(store, link).sweep()
        assert await kept(store, "attic") == set()
        if link.calls >= link.fails_at:
            failures += 1
            assert await kept(store, "kitchen") == {"first", "last", "unsent"}
    assert failures >= 5
    assert await kept(store, "kitchen") == {"first", "last"}
    await link.stop()


async def test_a_room_that_is_cleared_while_it_is_read_loses_nothing(
    store: PictureStore, link: RedisLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is no longer the log, and the next sweep reads the new one."""
    for seq in range(1, BLOCK + 10):
        await post(redis, "chat", seq, "last" if seq == BLOCK + 9 else "other")
    await keep(store, "chat", "last")
    heads = 0

    async def head(log: Log) -> Position:
        nonlocal heads
        heads += 1
        if heads == 1:
            await clear_room(link, MAIN_ROOM)
            await redis.delete("{chat}:log")
            for seq in range(1, BLOCK + 20):
                await post(redis, "chat", seq)
            await redis.hset("{chat}:meta", "epoch", "other")
        return await log.redis.head()

    monkeypatch.setattr(Log, "fetch_head", head)
    await sweeper(store, link).sweep()
    assert await kept(store, "chat") == {"last"}
    monkeypatch.undo()
    await sweeper(store, link).sweep()
    assert await kept(store, "chat") == set()


# --- at once ----------------------------------------------------------------------


async def test_after_messages_were_erased_their_pictures_go_at_once(
    store: PictureStore, link: RedisLink, redis: Redis
) -> None:
    """However young they are; those of messages that are left stay, and what was uploaded since."""
    await post(redis, "chat", 1, "left")
    await keep(store, "chat", "left", "erased")
    await keep(store, "attic", "unsent")
    moment = time.time()
    await asyncio.sleep(0.02)  # the time of a file may be that much too early
    await keep(store, "chat", "of-a-draft")
    await sweeper(store, link).sweep_room("chat", moment)
    assert await kept(store, "chat") == {"left", "of-a-draft"}
    assert await kept(store, "attic") == {"unsent"}


async def test_a_picture_that_is_sent_while_the_log_is_read_stays(
    store: PictureStore, link: RedisLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its message is newer than what was read first."""
    await post(redis, "chat", 1)
    await keep(store, "chat", "sent-meanwhile")

    async def head(log: Log) -> Position:
        if log.seq == 1:
            await post(redis, "chat", 2, "sent-meanwhile")
        return await log.redis.head()

    monkeypatch.setattr(Log, "fetch_head", head)
    await sweeper(store, link).sweep_room("chat", time.time())
    assert await kept(store, "chat") == {"sent-meanwhile"}


async def test_a_post_that_comes_too_late_is_refused(
    store: PictureStore, link: RedisLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was frozen while the room was cleared takes the receipt; the message would lack its picture."""
    await post(redis, "chat", 1)
    await keep(store, "chat", "gone")
    delete, sender = store.delete, RecordingSender()

    async def post_then_delete(folder: str, pictures: Iterable[str]) -> None:
        async with publishing(link) as publisher:
            picture = Picture(picture_id("gone"), 8, 4)
            publisher.post("chat", Person("ann", "Ann"), "late", "look", sender, IGNORE_PACE, pictures=(picture,))
            await until(lambda: sender.acks or sender.refused)
        await delete(folder, pictures)

    monkeypatch.setattr(store, "delete", post_then_delete)
    await sweeper(store, link).sweep_room("chat", time.time())
    assert {post: refused.code for post, refused in sender.refused.items()} == {"late": ErrorCode.PICTURE_INVALID}
    assert await kept(store, "chat") == set()


async def test_a_post_that_comes_just_in_time_keeps_its_picture(
    store: PictureStore, link: RedisLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stored after the log was read, and before Redis was told to refuse it."""
    await post(redis, "chat", 1)
    await keep(store, "chat", "sent", "gone")
    pipeline = link.pipeline

    async def post_then_take(calls: Sequence[Call]) -> list[CallResult]:
        if calls[0].args[0] == "SET":
            await post(redis, "chat", 2, "sent")
        return await pipeline(calls)

    monkeypatch.setattr(link, "pipeline", post_then_take)
    await sweeper(store, link).sweep_room("chat", time.time())
    assert await kept(store, "chat") == {"sent"}


async def test_a_log_that_is_replaced_at_the_very_end_counts_as_unread(
    store: PictureStore, link: RedisLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After all of it was read, and before anything is deleted."""
    await post(redis, "chat", 1)
    await keep(store, "chat", "one")
    walk = Log.walk

    async def walk_and_replace(log: Log) -> Any:
        async for messages in walk(log):
            yield messages
        await redis.hset("{chat}:meta", "epoch", "other")

    monkeypatch.setattr(Log, "walk", walk_and_replace)
    with pytest.raises(LogLost):
        await sweeper(store, link).sweep_room("chat", time.time())
    assert await kept(store, "chat") == {"one"}
