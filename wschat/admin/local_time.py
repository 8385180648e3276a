"""Times as the clock of this machine shows them."""

from __future__ import annotations

import time

from ..model import read_timestamp


def local_time(moment: str) -> str:
    """`YYYY-MM-DD HH:MM` of a time in RFC 3339; what isn't one, since another program wrote it, as it is."""
    try:
        return f"{read_timestamp(moment).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return moment[:16]


def local_zone() -> str:
    """The name of this machine's time zone: `UTC`, `MSK`, `CET/CEST` where it changes in summer."""
    return "/".join(time.tzname if time.daylight else time.tzname[:1])
