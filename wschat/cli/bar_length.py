"""How long a bar lasts: the options `--minutes` and `--until` of `bar`."""

from __future__ import annotations

import math
import time
from datetime import MINYEAR, datetime
from typing import Any

import click

from ..moderation import ADDRESS_BARRED
from ..protocol import BAR_MAX
from .failure import Failure

TIMES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


class Moment(click.DateTime):
    """A date, with or without a time, in this machine's time zone."""

    def __init__(self) -> None:
        super().__init__(TIMES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} isn't like 2026-12-31 or '2026-12-31 18:00'.", param, ctx)


def seconds_of(minutes: int | None, until: datetime | None) -> int:
    """The length of a bar in s, from one of the two options; 0: for good. Raises Failure."""
    if minutes and until:
        raise click.UsageError("Expected --minutes or --until, not both.")
    if until is None:
        return 60 * (minutes or 0)
    try:
        left = math.ceil(until.timestamp() - time.time())
    except (ValueError, OverflowError):  # in UTC it is before the first day of the calendar, or after the last one
        left = 0 if until.year == MINYEAR else BAR_MAX + 1
    if left <= 0:
        raise Failure(f"{until:%Y-%m-%d %H:%M} has passed.")
    if left > BAR_MAX:
        raise Failure(f"{until:%Y-%m-%d %H:%M} is more than a year from now; without --until it is for good.")
    return left


def for_address(seconds: int) -> int:
    """The length of a bar of an address in s; by default the longest. Raises Failure."""
    if seconds > ADDRESS_BARRED:
        raise Failure("An address can be barred for a week at most: it will be somebody else's.")
    return seconds or ADDRESS_BARRED
