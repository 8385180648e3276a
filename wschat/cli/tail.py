"""The command `tail`: follows a room."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

import click
from msgspec import UNSET

from ..admin.local_time import local_time
from ..broker import Log, opened_log, room_names
from ..errors import RedisUnavailable
from ..protocol import HISTORY_MAX, Message, event_position, read_message, read_outside, split_amended
from ..redis_link import RedisLink, RedisSource
from .operator import Operator, check_room, no_messages, room_of
from .output import json_option, print_json, remark, with_zone
from .terminal import printable

LOOK_EVERY = 2.0  # s after which the log is read although nothing was published
RETRY = 1.0  # s
NEWEST_BYTES = 1 << 20  # of the messages shown at once
MARGIN = 6  # columns before a name, and before each further line of a text, so that nobody can fake another's line


@click.command()
@click.argument("room")
@click.option(
    "count", "-n", default=10, show_default=True, type=click.IntRange(0, HISTORY_MAX), metavar="NUMBER",
    help=f"How many messages to begin with, up to {HISTORY_MAX}.",
)  # fmt: skip
@click.option("--no-follow", is_flag=True, help="Exit after these.")
@json_option
@click.pass_obj
def tail(operator: Operator, room: str, count: int, no_follow: bool, as_json: bool) -> None:
    """Show the newest messages of ROOM, then each as it comes. Ctrl-C ends it."""

    async def work(link: RedisLink, source: RedisSource) -> None:
        reader = _Tail(link, room_of(room), as_json)
        await reader.begin(count, source)
        if not no_follow:
            await reader.follow()

    operator.run_with_source(work)


class _Tail:
    """Prints a room's messages. It reads them from the log whenever one is published, as a node does."""

    def __init__(self, link: RedisLink, room: str, as_json: bool) -> None:
        self._link = link
        self._room = room
        self._as_json = as_json
        self._log: Log  # from the beginning on
        self._heard = asyncio.Event()
        self._outside: deque[tuple[str, str]] = deque()  # names and texts that other programs have published
        self._day = ""

    async def begin(self, count: int, source: RedisSource) -> None:
        check_room(self._room, await room_names(self._link))
        self._link.subscribe(self._link.keys(self._room).channel, self._on_publish)
        self._log = await opened_log(self._link, self._room)
        if not self._show_newest(count) and count:
            remark(no_messages(self._room, source))

    async def follow(self) -> None:
        with suppress(asyncio.CancelledError):  # Ctrl-C is the usual end
            await self._follow()

    async def _follow(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._heard.wait(), LOOK_EVERY)
            self._heard.clear()
            self._show_outside()
            await self._read_on()

    def _on_publish(self, data: bytes | None) -> None:
        outside = None if data is None or event_position(data) is not None else read_outside(data)
        if outside is not None:
            self._outside.append(outside)
        self._heard.set()

    def _show_outside(self) -> None:
        """Show what other programs have published. Not in the callback: the subscriber logs its exceptions and goes on,
        so a broken pipe wouldn't end the command.
        """
        while self._outside:
            name, text = self._outside.popleft()
            if self._as_json:
                print_json({"type": "message", "outside": True, "from": {"name": name}, "text": text})
            else:
                click.echo(f"{' ' * MARGIN}{_said(name or '(outside)', text)}")

    async def _read_on(self) -> None:
        try:
            fetched = await self._log.fetch_position(HISTORY_MAX)
        except RedisUnavailable as problem:
            remark(f"Redis doesn't answer, trying again: {problem}")
            await asyncio.sleep(RETRY)
            return
        if not fetched.follows:
            remark("The history of the room has changed.")
            self._log.start_over(fetched)
            self._show_newest(HISTORY_MAX)
            return
        for event in fetched.events:
            self._log.append(event)
            self._show(event)
        if self._log.seq < fetched.position.seq:
            self._heard.set()

    def _show_newest(self, count: int) -> bool:
        """Show at most `count` of the newest messages. False: there are none."""
        forms = self._log.newest(count, NEWEST_BYTES)
        for form in forms:
            self._show(form)
        return bool(forms)

    def _show(self, event: bytes) -> None:
        if not event:
            return
        if self._as_json:
            click.echo(event)
            return
        split = split_amended(event)
        form = split[1] if split else event
        position = event_position(form)
        message = read_message(form, position.seq) if position else None
        if message is not None:
            self._print(message, "~" if split else " ")

    def _print(self, message: Message, mark: str) -> None:
        day, time = local_time(message.time)[:10], local_time(message.time)[11:]
        if day != self._day:
            self._day = day
            click.echo(printable(with_zone(day)))
        text = "(deleted)" if message.text is UNSET else message.text
        reactions = "".join(f"  {one.emoji} {one.count}" for one in message.reactions)
        click.echo(f"{printable(time):5}{mark}{_said(message.sender.name, text + reactions)}")


def _said(name: str, text: str) -> str:
    return printable(f"{name}: {text}").replace("\n", "\n" + " " * MARGIN)
