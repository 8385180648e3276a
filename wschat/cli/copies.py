"""Commands that copy rooms out of Redis and back: export, backup, restore."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, get_args

import click

from ..admin import (
    COPIED,
    Archive,
    BrokenArchive,
    Format,
    Transcript,
    backup,
    each_room,
    foreign_keys,
    read_archive,
    restore,
    room_facts,
    write_archive,
)
from ..broker import opened_log, room_names
from ..redis_link import RedisLink, RedisSource
from .arguments import check_room, json_option, room_of, yes_option
from .failure import Failure
from .operator import Operator
from .output import check_open, confirm, fail_if_left_out, no_messages, print_json, progress, quantity, remark
from .terminal import printable

STREAM = "-"  # in place of a file: standard output or input


class _File(click.Path):
    """A Path, or STREAM if that isn't a terminal: a backup contains the token key, and isn't for reading."""

    def __init__(self, stream: str) -> None:
        super().__init__(dir_okay=False, path_type=Path)
        self.stream = stream

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value != STREAM:
            return super().convert(value, param, ctx)
        check_open(self.stream)
        if getattr(sys, self.stream).isatty():
            self.fail("expected a file, not the terminal; for one that is called so, write ./-", param, ctx)
        return STREAM


@click.command()
@click.argument("room")
@click.option(
    "format_", "--format", default="jsonl", show_default=True, type=click.Choice(get_args(Format)),
    help="JSON Lines (times in UTC), Markdown or HTML (this machine's time zone).",
)  # fmt: skip
@click.pass_obj
def export(operator: Operator, room: str, format_: Format) -> None:
    """Write the messages of ROOM, as they are now, to standard output. Deleted ones have no text."""
    name = room_of(room)
    transcript = Transcript(format_, name, operator.lang)
    operator.run_with_source(lambda link, source: _export(link, source, name, transcript), name)


@click.command("backup")
@click.argument("file", type=_File("stdout"))
@json_option
@click.pass_obj
def backup_command(operator: Operator, file: Path | str, as_json: bool) -> None:
    """Copy all rooms and the token key into FILE. People may talk meanwhile. FILE must not exist; keep it secret. `-`
    is standard output.
    """
    foreign = dict[str, None]()
    with _target(file) as target:
        archive = operator.run_with_source(lambda link, source: _backup(link, source, foreign))
        write_archive(target, archive)
    _report("Copied", archive, as_json, err=file == STREAM)
    if _has_pictures(archive):
        remark("The pictures aren't in the backup: copy their folder or bucket, too.")
    fail_if_left_out(foreign, "Everything else was copied.")


@click.command("restore")
@click.argument("file", type=_File("stdin"))
@yes_option
@json_option
@click.pass_obj
def restore_command(operator: Operator, file: Path | str, yes: bool, as_json: bool) -> None:
    """Replace rooms by those of a backup. Everyone connected is notified once. `-` is standard input."""
    archive = _read(file)
    lost = operator.run(lambda link: _would_lose(link, archive), create=True)
    if lost:
        confirm(f"These rooms have messages now, which will be lost: {', '.join(lost)}. Restore?", yes=yes)

    async def work(link: RedisLink) -> None:
        with progress("Restoring") as move:
            await restore(link, archive, move)

    operator.run(work, create=True)
    _report("Restored", archive, as_json)


async def _export(link: RedisLink, source: RedisSource, room: str, transcript: Transcript) -> None:
    check_room(room, await room_names(link))
    head, is_terminal = transcript.head(), sys.stdout.isatty()
    click.echo(head.encode(), nl=False)  # bytes: UTF-8 for any encoding of the terminal
    log = await opened_log(link, room)
    is_empty = True
    with progress("Exporting", hidden=is_terminal) as move:
        async for messages in log.walk():
            for message in messages:
                text = transcript.message(message)
                click.echo((printable(text) if is_terminal else text).encode(), nl=False)
                move(message.seq - log.oldest + 1, log.seq - log.oldest + 1)
                is_empty = False
    if is_empty:
        remark(no_messages(room, source))


async def _backup(link: RedisLink, source: RedisSource, foreign: dict[str, None]) -> Archive:
    with progress("Copying") as move:
        archive = await backup(link, move, lambda key: foreign.update({key: None}))
    if not (archive.rooms or archive.header.key or foreign):
        raise Failure(f"No chat has used this Redis: there is nothing to back up. Looked in: {source.title}")
    if not archive.rooms:
        remark(f"No room has any messages. Looked in: {source.title}")
    return archive


def _has_pictures(archive: Archive) -> bool:
    """Whether messages have any. In the text of a message, a backslash would precede the quotation marks."""
    return any('"pictures":[{' in entry for room in archive.rooms for entry in room.entries.values())


async def _would_lose(link: RedisLink, archive: Archive) -> list[str]:
    """The rooms of the backup that have messages now. Raises Failure for foreign keys, RedisUnavailable."""
    rooms = [room.room for room in archive.rooms]
    foreign = [key for room in rooms for key in await foreign_keys(link, link.keys(room), COPIED)]
    found, others = await each_room(link, rooms, lambda room: room_facts(link, room))
    fail_if_left_out(dict.fromkeys([*foreign, *others]), "Nothing was restored.")
    return [one.room for one in found if one.entries]


@contextmanager
def _target(file: Path | str) -> Iterator[IO[bytes]]:
    """The target of a backup: a new file, which is removed if the backup fails, or standard output. Raises Failure."""
    target = sys.stdout.buffer if isinstance(file, str) else _new_file(file)
    try:
        yield target
        target.flush()
        if not isinstance(file, str):
            os.fsync(target.fileno())
            target.close()
    except BaseException as problem:
        if not isinstance(file, str):
            _remove(file, target)
        if isinstance(problem, OSError):
            raise Failure(f"Could not write {_title(file, 'output')}: {problem.strerror}.") from None
        raise


def _remove(file: Path, target: IO[bytes]) -> None:
    """Remove a failed backup, or empty it: root may have created it in a folder where the owner of the data, who runs
    the process now, may not remove it.
    """
    state = ""
    with suppress(OSError, ValueError), os.fdopen(os.dup(target.fileno()), "wb") as again:  # ValueError: it is closed
        with suppress(OSError):
            target.close()  # writes its remaining buffer
        again.truncate(0)
        state = ", empty"
    try:
        file.unlink(missing_ok=True)
    except OSError:
        remark(f"{file} is left{state}: remove it.")


def _title(file: Path | str, stream: str) -> str:
    return f"standard {stream}" if file == STREAM else str(file)


def _new_file(file: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Failure(f"{file} exists already; a backup never overwrites a file.") from None
    except OSError as problem:
        raise Failure(f"Could not write {file}: {problem.strerror}.") from None


def _read(file: Path | str) -> Archive:
    try:
        if isinstance(file, str):
            return read_archive(sys.stdin.buffer)  # stays open: a later question then reads its end, and no answer
        with file.open("rb") as source:
            return read_archive(source)
    except OSError as problem:
        raise Failure(f"Could not read {_title(file, 'input')}: {problem.strerror}.") from None
    except BrokenArchive as problem:
        raise Failure(f"Could not restore {_title(file, 'input')}: {problem}.") from None


def _report(done: str, archive: Archive, as_json: bool, *, err: bool = False) -> None:
    rooms, entries = len(archive.rooms), sum(len(room.entries) for room in archive.rooms)
    if as_json:
        print_json({"rooms": rooms, "entries": entries}, err=err)
    else:
        click.echo(f"{done} {quantity(rooms, 'room')} with {quantity(entries, 'entry', 'entries')}", err=err)
