"""`check`: reports what would break a promise of the chat. It also posts in a room of its own, which it erases."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from ..broker import IGNORE_PACE, ChangeRequest, Log, change_calls, publishing, settled
from ..config import Settings
from ..errors import ErrorCode, RedisRejected, RedisUnavailable, RedisWriteRefused, Refused, StartError
from ..model import Person, random_id
from ..presence import Claim, Leases, LeaseTimes
from ..protocol import HISTORY_MAX, likeness, read_message
from ..redis_link import REDIS_FOLDER, Call, RedisLink, RedisSource, ScriptArgs
from .arguments import json_option
from .failure import Failure
from .operator import Operator
from .output import print_json, quantity, readable_size
from .say import post

VERSION_MIN = (7, 0)
CLOCKS_MAX = 5.0  # s by which the clocks of this machine and of Redis may differ
MEMORY_MAX = 0.9  # of the memory that Redis may use
TRIAL = "check"  # the id of the post and of the change
TIMEOUT = 5.0  # s within which a message must come back


class Finding(Struct):
    """The result of one check. `level`: ok, warning (may do harm some day) or problem (a promise is broken already)."""

    level: str
    text: str


@click.command()
@json_option
@click.pass_obj
def check(operator: Operator, as_json: bool) -> None:
    """Check what the guarantees depend on: settings, rights, persistence, memory, disk, clocks and versions. A message
    goes through a room of the command's own. Exit code 2 if there is a problem.
    """
    found = operator.run_with_source(lambda link, source: _redis(link, source, operator), create=True)
    findings = [*_settings(operator.settings), *found]
    if as_json:
        print_json(findings)
    else:
        for one in findings:
            click.echo(f"{one.level:8} {one.text}")
    count = sum(one.level == "problem" for one in findings)
    if count:
        raise Failure(f"{quantity(count, 'problem')} found.")


def _settings(settings: Settings) -> Iterator[Finding]:
    from ..app.part_settings import check as check_node  # it needs Tornado, which no other command does

    try:
        check_node(settings, listen=False)
    except StartError as problem:
        yield Finding("problem", str(problem))
    else:
        yield Finding("ok", "The server accepts the settings")
    yield from (Finding("warning", warning) for warning in settings.warnings)


async def _redis(link: RedisLink, source: RedisSource, operator: Operator) -> list[Finding]:
    found = [Finding("ok", f"Using {source.title}")]
    found += (Finding("problem", warning) for warning in source.warnings)
    try:
        for primary in link.primaries():
            info = await primary.execute(Call.command("INFO"))
            found += [*_version(info), *_persistence(info), *_memory(info)]
    except RedisRejected:
        found.append(Finding("warning", "This user may not read INFO: persistence and memory weren't checked"))
    if source.embedded:
        found += _disk(operator.settings)
    found += await _clocks(link)
    found += [one async for one in _use(link)]
    return found


def _version(info: dict[str, Any]) -> Iterator[Finding]:
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < VERSION_MIN:
        yield Finding("warning", f"{name} {version} is older than 7.0, and not tested")
    else:
        yield Finding("ok", f"{name} {version}")


def _persistence(info: dict[str, Any]) -> Iterator[Finding]:
    """Check how Redis saves its data. Without an append-only file, a warning of the source says what that means."""
    written, rewritten = (info.get(f"aof_last_{act}_status") == "ok" for act in ("write", "bgrewrite"))
    if info.get("aof_enabled") and not written:
        yield Finding("problem", "Redis could not write to its append-only file: see its log; is the disk full?")
    if info.get("aof_enabled") and not rewritten:
        yield Finding("warning", "Redis could not rewrite its append-only file, which grows: see its log")
    if info.get("aof_enabled") and written and rewritten:
        yield Finding("ok", "Redis writes everything to its append-only file")
    if info.get("rdb_last_bgsave_status") != "ok":
        yield Finding("warning", "Redis could not save its last snapshot: see its log")
    if info.get("role") == "slave":
        yield Finding("problem", "This Redis is a read-only replica: set --redis to its primary")


def _memory(info: dict[str, Any]) -> Iterator[Finding]:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if most and used > MEMORY_MAX * most:
        yield Finding("warning", f"Redis uses {used / most:.0%} of its memory; it refuses posts when it is full")
    else:
        limit = f"at most {readable_size(most)}" if most else "without a limit"
        yield Finding("ok", f"Redis uses {readable_size(used)} of memory, {limit}")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data / REDIS_FOLDER
    size = sum(map(_size, folder.rglob("*")))
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    words = f"The disk with {folder} has {readable_size(free)} left"
    if free < size:
        yield Finding("warning", f"{words}: Redis couldn't rewrite its file of {readable_size(size)}")
    else:
        yield Finding("ok", words)


def _size(path: Path) -> int:
    """The size of a file in bytes; 0 for a folder, and for a file that was just removed or can't be examined."""
    try:
        status = path.stat()
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


async def _clocks(link: RedisLink) -> list[Finding]:
    before = time.time()
    seconds, microseconds = map(int, await link.primaries()[0].execute(Call.command("TIME")))
    after = time.time()
    off = (before + after) / 2 - (seconds + microseconds / 1e6)
    if abs(off) - (after - before) / 2 > CLOCKS_MAX:
        return [Finding("warning", f"The clocks of this machine and of Redis differ by {abs(off):.0f} s")]
    return [Finding("ok", "The clocks of this machine and of Redis agree")]


async def _use(link: RedisLink) -> AsyncIterator[Finding]:
    """Check that Redis does everything that a server does with a room."""
    trial = _Trial(link)
    try:
        await trial.run()
    except asyncio.TimeoutError:
        yield Finding("problem", f"A message that was published didn't come back within {TIMEOUT:g} s")
    except RedisWriteRefused as problem:
        yield Finding("problem", f"Redis refuses to store anything: {problem}")
    except (RedisUnavailable, Refused, Failure) as problem:
        yield Finding("problem", f"A server could not use this Redis: {problem}")
    else:
        yield Finding("ok", "A message was stored, published, received, deleted and purged")
    finally:
        await trial.erase()


class _Trial:
    """A trial in a room that nobody else knows."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._room = f"check-{random_id(6).lower()}"
        self._keys = link.keys(self._room)
        self._person = Person(random_id(), "check")
        self._heard = asyncio.Event()

    async def run(self) -> None:
        """Enter, post, receive, delete, purge and leave. Raises RedisUnavailable, Refused, Failure, TimeoutError."""
        subscribed = asyncio.Event()
        self._link.subscribe(self._keys.channel, lambda data: (subscribed if data is None else self._heard).set())
        await asyncio.wait_for(subscribed.wait(), TIMEOUT)
        leases = Leases(self._link, LeaseTimes())
        await leases.enter(self._keys, [(self._person, Claim())])
        await leases.renew([(self._keys, 0, [self._person.id], ())])
        await leases.everyone(self._keys)
        log = Log(self._link, self._keys, HISTORY_MAX)
        await log.fetch_position(HISTORY_MAX)
        seq = await post(self._link, self._room, self._person, "check", TRIAL)
        await asyncio.wait_for(self._heard.wait(), TIMEOUT)
        await self._delete(log, seq)
        await leases.leave(self._keys, [self._person.id])

    async def erase(self) -> None:
        keys = self._keys
        names = [keys.log, keys.amended, keys.log_copy, *keys.presence]
        names += [keys.sent(self._person.id, TRIAL), keys.changed(TRIAL), keys.pace(self._person.id)]
        try:
            await self._link.execute(Call.command("DEL", *names))
        except RedisUnavailable:  # the rest of the room expires on its own
            return

    async def _delete(self, log: Log, seq: int) -> None:
        position, form = await log.fetch_head(), (await log.messages_at([seq])).get(seq, b"")
        message = read_message(form, seq)
        if message is None:
            raise Failure("a message that it had stored isn't there")
        target = change_calls.Target(position, likeness(form), message.rev)
        verdict = await self._change(seq, change_calls.delete(target, change_calls.tombstone(message)))
        match verdict:
            case change_calls.Made([int()]):
                await log.purge(0)
            case Refused(code=ErrorCode.UNAVAILABLE):
                raise verdict
            case change_calls.Made([refused]) | (Refused() as refused):
                raise Failure(f"it refused a deletion: {refused}")
            case _:
                raise Failure(f"it replied {type(verdict).__name__.lower()} to a deletion")

    async def _change(self, seq: int, args: ScriptArgs) -> change_calls.Verdict:
        request = partial(ChangeRequest, self._room, seq, TRIAL, (self._person.id,), args, IGNORE_PACE)
        async with publishing(self._link) as publisher:
            try:
                return await asyncio.wait_for(settled(lambda answer: publisher.change(request(answer))), TIMEOUT)
            except asyncio.TimeoutError:
                raise Failure(f"it didn't reply to a deletion within {TIMEOUT:g} s") from None
