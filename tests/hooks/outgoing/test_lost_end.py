"""Redis loses the end of a log, or a cursor, as when its machine loses its power: hooks go on all the same."""

from __future__ import annotations

from redis.asyncio import Redis

from ...support import Nodes
from ...support.program import Program
from ...support.room import until
from .receiver import Receiver, hooked


async def test_calls_go_on_where_redis_lost_the_end_of_the_log(
    calling: Nodes, receiver: Receiver, program: Program, redis: Redis
) -> None:
    """Though nobody is in the room: what is written under the lost numbers is sent, under ids of its own."""
    await hooked(calling, receiver.url, "cellar")
    await program("say", "cellar", "@Бот 1")
    await receiver.is_called("@Бот 1")
    keys = ["{chat:cellar}:log", "{chat:cellar}:meta", "{chat:cellar}:hooks:cursors"]
    before = {key: await redis.dump(key) for key in keys}
    epoch = await redis.hget("{chat:cellar}:meta", "epoch")
    await program("say", "cellar", "@Бот 2")
    await program("say", "cellar", "@Бот 3")
    await receiver.is_called("@Бот 1", "@Бот 2", "@Бот 3")
    for key, data in before.items():
        await redis.restore(key, 0, data or b"", replace=True)
    await redis.client_kill_filter(_type="pubsub")  # as a Redis that starts again does
    await until(lambda: _is_new(redis, epoch))
    await program("say", "cellar", "@Бот 4")
    await receiver.is_called("@Бот 1", "@Бот 2", "@Бот 3", "@Бот 4")
    assert len({call.id for call in receiver.calls}) == 4


async def test_a_cursor_that_redis_lost_is_stored_again(calling: Nodes, receiver: Receiver, redis: Redis) -> None:
    """Before the next message comes: a node that died during its call would have left none to begin at."""
    hook = await hooked(calling, receiver.url)
    await redis.delete("{chat}:hooks:cursors")
    await until(lambda: redis.hexists("{chat}:hooks:cursors", hook.id))


async def _is_new(redis: Redis, epoch: object) -> bool:
    return bool(await redis.hget("{chat:cellar}:meta", "epoch") != epoch)
