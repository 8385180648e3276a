"""Times in the time zone of this machine."""

from __future__ import annotations

import time

from ..model import read_timestamp


def local_time(moment: str) -> str:
    """A time in RFC 3339 as `YYYY-MM-DD HH:MM`; of any other text, which another program wrote, the beginning."""
    try:
        return f"{read_timestamp(moment).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):
        return moment[:16]


def local_zone() -> str:
    """The name of this machine's time zone: `UTC`, `MSK`, or `CET/CEST` if it changes in summer."""
    return "/".join(time.tzname if time.daylight else time.tzname[:1])
