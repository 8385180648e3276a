"""The command `tail`: follows a room."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import click
from msgspec import UNSET

from ..admin import local_time, sizes_of
from ..broker import Log, opened_log, room_names
from ..errors import RedisUnavailable
from ..model import Position
from ..protocol import (
    HISTORY_MAX,
    Message,
    event_position,
    is_change,
    likeness,
    read_message,
    read_outside,
    split_amended,
)
from ..redis_link import RedisLink, RedisSource
from .arguments import check_room, json_option, room_of
from .operator import Operator
from .output import no_messages, print_json, quantity, remark, with_zone
from .terminal import printable

READ_EVERY = 2.0  # s after which the log is read although nothing was published
RETRY = 1.0  # s
NEWEST_BYTES = 1 << 20  # of the messages shown at once
OUTSIDE_MAX = 1000  # messages of other programs that wait to be shown
MARGIN = 6  # columns before a name, and before each further line of a text, so that nobody can fake another's line

_Identity = tuple[str, bytes]
"""The time of a message, and its likeness, which no change alters."""


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

    name = room_of(room)

    async def work(link: RedisLink, source: RedisSource) -> None:
        reader = _Tail(link, name, as_json)
        await reader.begin(count, source)
        if not no_follow:
            await reader.follow()

    operator.run_with_source(work, name)


class _Tail:
    """Prints a room's messages. It reads them from the log whenever one is published, as a node does."""

    def __init__(self, link: RedisLink, room: str, as_json: bool) -> None:
        self._link = link
        self._room = room
        self._as_json = as_json
        self._log: Log  # from the beginning on
        self._heard = asyncio.Event()
        self._outside: list[tuple[str, str]] = []  # names and texts that other programs have published
        self._left_out = 0  # of them, since there were too many at once
        self._known: dict[_Identity, str | None] = {}  # the texts of the last messages read; None: deleted
        self._was_whole = True  # every history of the room was read from its first message on
        self._day = ""

    async def begin(self, count: int, source: RedisSource) -> None:
        check_room(self._room, await room_names(self._link))
        self._link.subscribe(self._link.keys(self._room).channel, self._on_publish)
        self._log = await opened_log(self._link, self._room)
        newest = self._newest()
        self._was_whole = _is_whole(newest)
        for form in newest:
            self._remember(form)
        for form in newest[len(newest) - min(count, len(newest)) :]:
            self._show(form)
        if count and not newest:
            remark(no_messages(self._room, source))

    async def follow(self) -> None:
        with suppress(asyncio.CancelledError):  # Ctrl-C is the usual end
            await self._follow()

    async def _follow(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._heard.wait(), READ_EVERY)
            self._heard.clear()
            self._show_outside()
            await self._read_on()

    def _on_publish(self, data: bytes | None) -> None:
        outside = None if data is None or event_position(data) is not None else read_outside(data)
        if outside is not None and len(self._outside) < OUTSIDE_MAX:
            self._outside.append(outside)
        elif outside is not None:
            self._left_out += 1
        self._heard.set()

    def _show_outside(self) -> None:
        """Show what other programs have published. Not in the callback: the subscriber logs its exceptions and goes on,
        so a broken pipe wouldn't end the command.
        """
        outside, left_out = self._outside, self._left_out
        self._outside, self._left_out = [], 0
        for name, text in outside:
            if self._as_json:
                print_json({"type": "message", "outside": True, "from": {"name": name}, "text": text})
            else:
                click.echo(f"{' ' * MARGIN}{_said(name or '(outside)', text)}")
        if left_out:
            remark(f"Left out {quantity(left_out, 'message')} from outside: too many at once.")

    async def _read_on(self) -> None:
        try:
            fetched = await self._log.fetch_position(HISTORY_MAX)
        except RedisUnavailable as problem:
            remark(f"Redis doesn't answer, trying again: {problem}")
            await asyncio.sleep(RETRY)
            return
        if not fetched.follows:
            former = self._log.position
            self._log.start_over(fetched)
            self._show_other_history(former)
            return
        for event in fetched.events:
            self._log.append(event)
            if form := _form(event):
                self._remember(form)
            self._show(event)
        if self._log.seq < fetched.position.seq:
            self._heard.set()

    def _show_other_history(self, former: Position) -> None:
        """Show what is new in another history of the room; `former` is what was read of the one before. A message has
        the epoch of the log to which it was posted, also in a log that was restored, or that only got a new epoch.
        """
        remark("The history of the room has changed.")
        if self._as_json:
            print_json({"type": "reset", "epoch": self._log.epoch, "seq": self._log.seq})
        known = self._known.copy()
        forgot_none = self._was_whole and len(known) < HISTORY_MAX
        forms = self._newest()
        self._was_whole &= _is_whole(forms)
        newest = [(form, *_known(form)) for form in forms]
        # What stands before the first known message was there before, too, unless all that was there is known. What
        # came after it is new, and so is another text of a known one. Without any, as after a clear or an old backup,
        # only numbers not read before are.
        first = next((at for at, (_, one, _) in enumerate(newest) if one in known), len(newest))
        for at, (form, one, text) in enumerate(newest):
            is_unknown = one not in known and (forgot_none or at > first or self._is_unread(form, former))
            if is_unknown or known.get(one, text) != text:
                self._remember(form)
                self._show(form)

    def _is_unread(self, form: bytes, former: Position) -> bool:
        """Whether the message was posted to this history, or to the former one after what was read of it."""
        position = event_position(form)
        if position is None:
            return False
        return position.epoch == self._log.epoch or (position.epoch == former.epoch and position.seq > former.seq)

    def _newest(self) -> list[bytes]:
        return self._log.newest(HISTORY_MAX, NEWEST_BYTES)

    def _remember(self, form: bytes) -> None:
        one, text = _known(form)
        self._known[one] = text
        if len(self._known) > HISTORY_MAX:
            del self._known[next(iter(self._known))]

    def _show(self, event: bytes) -> None:
        if not event:
            return
        if self._as_json:
            click.echo(event)
            return
        message = _message(_form(event))
        if message is not None:
            self._print(message, "~" if is_change(event) else " ")

    def _print(self, message: Message, mark: str) -> None:
        day, time = local_time(message.time)[:10], local_time(message.time)[11:]
        if day != self._day:
            self._day = day
            click.echo(printable(with_zone(day)))
        text = "(deleted)" if message.text is UNSET else message.text
        text = " ".join(filter(None, [text, sizes_of(message.pictures)]))
        reactions = "".join(f"  {one.emoji} {one.count}" for one in message.reactions)
        click.echo(f"{printable(time):5}{mark}{_said(message.sender.name, text + reactions)}")


def _form(event: bytes) -> bytes:
    """The message, or the one that is changed; b"" without one."""
    split = split_amended(event)
    return split[1] if split else b"" if is_change(event) else event


def _message(form: bytes) -> Message | None:
    position = event_position(form)
    return read_message(form, position.seq) if position else None


def _known(form: bytes) -> tuple[_Identity, str | None]:
    """What identifies a message, and its text; None: it is deleted."""
    message = _message(form)
    text = None if message is None or message.text is UNSET else message.text
    return (message.time if message else "", likeness(form)), text


def _is_whole(newest: list[bytes]) -> bool:
    """Whether these are all messages of a room since its history began. Nothing is known to be missing of none."""
    position = event_position(newest[0]) if newest else None
    return not newest or (position is not None and position.seq == 1)


def _said(name: str, text: str) -> str:
    return printable(f"{name}: {text}").replace("\n", "\n" + " " * MARGIN)
