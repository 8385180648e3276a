"""For tests of HISTORY_DAYS."""

from __future__ import annotations

import time

from wschat.broker import Retention
from wschat.counters import Counters
from wschat.redis_link import RedisLink

DAY = 24 * 3600.0
DAYS_AGO = 40  # that the messages of `old_room` were written


def retention(link: RedisLink, days: float = 30, *, rewrites_file: bool = False) -> tuple[Retention, Counters]:
    counters = Counters()
    return Retention(link, days, time.time, counters, rewrites_file=rewrites_file), counters
