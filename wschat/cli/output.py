"""What commands print: tables and sentences for people, JSON for programs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from ..model import is_storable
from ..protocol import encode

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Command = TypeVar("Command", bound=Callable[..., Any])


class Text(click.ParamType[str]):
    """Words that go to Redis, which those in another encoding can't."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_storable(value):
            self.fail("expected text in UTF-8.", param, ctx)
        return str(value)


TEXT = Text()
json_option = click.option("as_json", "--json", is_flag=True, help="Print JSON, for programs.")
yes_option = click.option("--yes", is_flag=True, help="Don't ask for confirmation.")


def print_json(value: object) -> None:
    click.echo(encode(value))


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns side by side; numbers to the right."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    numeric = [bool(rows) and all(isinstance(row[at], (int, type(None))) for row in rows) for at in range(len(head))]
    for line in cells:
        padded = [
            " " * (width - _width(cell)) + cell if is_number else cell + " " * (width - _width(cell))
            for cell, width, is_number in zip(line, widths, numeric, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def print_facts(facts: Sequence[tuple[str, object]]) -> None:
    """A name and a value on each line."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        click.echo(f"{name:{width}}  {_cell(value)}")


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if a person says so. Without a terminal `--yes` is needed: click ends the program then."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def readable_size(size: int | None) -> str:
    """Bytes in the unit that suits them."""
    if size is None:
        return "-"
    amount, units = float(size), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def readable_time(time: str | None) -> str:
    """RFC 3339 without what nobody reads."""
    return time[:16].replace("T", " ") if time else "-"


def printable(text: str) -> str:
    """Text of strangers, without what would steer a terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def _cell(value: object) -> str:
    return "-" if value is None else printable(str(value))


def _width(text: str) -> int:
    """Columns that a terminal takes for it."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(bool(unicodedata.combining(char)) for char in text)
