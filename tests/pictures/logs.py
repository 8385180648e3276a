"""Logs in Redis with messages that have pictures, and pictures in a store."""

from __future__ import annotations

import time

from redis.asyncio import Redis

from wschat.model import Person, timestamp
from wschat.pictures import PictureStore
from wschat.protocol import MessageBody, Picture, encode
from wschat.redis_link.keys import room_keys

EPOCH = "epoch"
HOUR = 3600.0


def picture_id(name: str) -> str:
    """The id of a picture that a test calls so."""
    return name.ljust(22, "_")


def form(room: str, seq: int, *pictures: str, rev: int = 0, deleted: bool = False, text: str = "hello") -> bytes:
    """A message as Redis has it."""
    body = MessageBody(
        room=room,
        id=f"post-{seq}",
        sender=Person("ann", "Ann"),
        time=timestamp(time.time()),
        pictures=tuple(Picture(picture_id(one), 8, 4) for one in pictures),
        **({"deleted": True} if deleted else {"text": text}),
    )
    head = f'{{"type":"message","seq":{seq},"epoch":"{EPOCH}",' + (f'"rev":{rev},' if rev else "")
    return head.encode() + encode(body)[1:]


async def post(redis: Redis, room: str, seq: int, *pictures: str) -> None:
    """Put a message into a room's log, under the next number."""
    keys = room_keys(room)
    await redis.xadd(keys.log, {"m": form(room, seq, *pictures)}, id=f"{seq}-0")
    await redis.hset(keys.meta, mapping={"epoch": EPOCH, "seq": seq})


async def change(redis: Redis, room: str, seq: int, of: int, changed: bytes) -> None:
    """Put a change into a room's log, under the next number."""
    keys = room_keys(room)
    entry = f'{{"type":"amended","seq":{seq},"epoch":"{EPOCH}","id":"change-{seq}","of":{of}}}'
    await redis.xadd(keys.log, {"m": entry}, id=f"{seq}-0")
    await redis.hset(keys.meta, mapping={"epoch": EPOCH, "seq": seq, "forms": 1})
    await redis.hset(keys.amended, str(of), changed)


async def keep(store: PictureStore, room: str, *pictures: str) -> None:
    for picture in pictures:
        await store.put(room, picture_id(picture), b"RIFF")


async def kept(store: PictureStore, room: str) -> set[str]:
    return {one.id.rstrip("_") for one in await store.pictures_in(room)}
