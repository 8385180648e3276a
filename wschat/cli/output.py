"""Prints the results of commands: tables and sentences for people, JSON for programs."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import click

from ..admin import local_time, local_zone
from ..protocol import encode
from ..redis_link import MODERATORS_KEY, TOKEN_KEY, RedisSource
from .failure import INTERRUPTED, Failure
from .terminal import printable

GAP = 2  # columns between two cells
NO_WIDTH = {"Mn", "Me", "Cf"}  # marks above and below letters, joiners
REST_DONE = "Everything else was done."
REST_LISTED = "Everything else is listed."
NOTHING_DONE = "Nothing was changed."
NOT_SEARCHED = "Could not search every room."

# What to do about keys of another type that belong to no room.
ADVICE = {
    TOKEN_KEY: "A running server puts the right key back; if none runs, remove it with DEL and restore a backup before "
    "you start one, or everybody will be a new person.",
    MODERATORS_KEY: "Replace it with `link --moderator --all-rooms --revoke`; earlier links for all rooms are no "
    "longer valid.",
}


def check_open(stream: str) -> None:
    """Check that "stdin" or "stdout" was open when the program started. Raises Failure."""
    if getattr(sys, f"__{stream}__") is None:
        raise Failure(f"Standard {stream.removeprefix('std')}put is closed.")


def print_json(value: object, *, err: bool = False) -> None:
    click.echo(encode(value), err=err)


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print columns side by side, numbers to the right; if the terminal is too narrow, a line for each value.
    Without rows, print the sentence `empty` on the error stream; "": nothing.
    """
    if not rows:
        if empty:
            click.echo(empty, err=True)
        return
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    if sys.stdout.isatty() and sum(widths) + GAP * (len(widths) - 1) > shutil.get_terminal_size().columns:
        for row in rows:
            print_facts(list(zip(head, row, strict=True)))
            click.echo()
        return
    numeric = [all(isinstance(row[at], (int, type(None))) for row in rows) for at in range(len(head))]
    for line in cells:
        padded = [
            " " * (width - _width(cell)) + cell if is_number else cell + " " * (width - _width(cell))
            for cell, width, is_number in zip(line, widths, numeric, strict=True)
        ]
        click.echo((" " * GAP).join(padded).rstrip())


def print_facts(facts: Sequence[tuple[str, object]]) -> None:
    """Print a name and a value on each line."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        click.echo(f"{name:{width}}{' ' * GAP}{_cell(value)}")


def remark(text: str) -> None:
    """Print a remark on the error stream, apart from the result."""
    click.echo(printable(text), err=True)


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation, unless `--yes` was given. A no ends the program with 1; if nobody can answer, with 2."""
    if yes:
        return
    try:
        agrees = click.confirm(printable(question), err=True)
    except click.Abort as abort:
        click.echo(err=True)
        if isinstance(abort.__context__, KeyboardInterrupt):
            sys.exit(INTERRUPTED)
        raise Failure("Nothing was changed, because nobody answered. To confirm beforehand, use --yes.") from None
    if not agrees:
        click.echo("Nothing was changed.", err=True)
        sys.exit(1)


def fail_if_left_out(foreign: Collection[str], outcome: str) -> None:
    """Raise Failure if there are keys that the command couldn't use; the sentence `outcome` says what it did."""
    if foreign:
        raise Failure(f"{outcome} {wrong_type(foreign)}")


def wrong_type(foreign: Collection[str]) -> str:
    """The sentences about keys of another type than the chat's."""
    of_rooms = [key for key in foreign if key not in ADVICE]
    sentences = [f"{key} has the wrong type. {ADVICE[key]}" for key in foreign if key in ADVICE]
    if len(of_rooms) == 1:
        sentences.insert(0, f"This key has the wrong type: {of_rooms[0]}. Remove it with DEL or `forget --room`.")
    elif of_rooms:
        names = ", ".join(of_rooms)
        sentences.insert(0, f"These keys have the wrong type: {names}. Remove them with DEL or `forget --room`.")
    return " ".join(sentences)


def no_messages(room: str, source: RedisSource) -> str:
    """The sentence for a room without messages. It names the Redis, which may not be the server's."""
    return f"No messages in {room}. Looked in: {source.title}"


def sentence(problem: Exception) -> str:
    """A server's terse refusal or error as a sentence."""
    return f"{str(problem)[:1].upper()}{str(problem)[1:]}."


@contextmanager
def progress(label: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on the error stream, if that is a terminal. Call the function with (done, total)."""
    hidden = hidden or not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def move(done: int, total: int) -> None:
            bar.length = max(1, total)
            bar.update(done - bar.pos)

        yield move


def quantity(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 room`, `2 rooms`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def readable_size(size: int | None) -> str:
    """A size in bytes, in a fitting unit."""
    if size is None:
        return "-"
    amount, units = float(size), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def readable_time(time: str | None) -> str:
    """A time in RFC 3339 as local time, without its zone, which `with_zone` adds."""
    return local_time(time) if time else "-"


def with_zone(text: str) -> str:
    """A time, or the head of a column of times, with the name of the local time zone."""
    return f"{text} ({local_zone()})"


def _cell(value: object) -> str:
    return "-" if value is None else printable(" ".join(str(value).splitlines()))


def _width(text: str) -> int:
    """The columns that a terminal needs for the text."""
    shown = [char for char in text if unicodedata.category(char) not in NO_WIDTH]
    return len(shown) + sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
