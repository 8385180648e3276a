"""Starts `server.py` with a look inside for the tests, and if asked with one of its defences switched off.

python -m tests.faults.launcher [--without DEFENCE] [--clock FILE] [--forgetful] [--short-leases] -- SERVER OPTIONS

On SIGUSR2 the process writes `tasks N` to its log. The chat itself has no switches for tests: what is switched off
is replaced here, from outside. `--clock` puts its wall clock off by so many seconds as FILE says; `--forgetful` makes
it keep few messages in memory; with `--short-leases` people's leases last a tenth of their time.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import math
import runpy
import secrets
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def without_remembered_ids() -> None:
    """Each attempt to store a post looks like a new post."""
    from wschat.redis_link import RoomKeys

    RoomKeys.sent = lambda self, person, post: f"{{{self.tag}}}:sent:{secrets.token_hex(8)}"  # type: ignore[method-assign]


def without_catch_up() -> None:
    """Believe every event: nobody compares numbers, and nobody reads the log again."""
    from wschat.broker.feed import Feed
    from wschat.concurrency import Sync

    resync = Sync.resync

    def resync_once(self: Any, pause: float = 0.0) -> None:
        if not self.ready.is_set():
            resync(self, pause)

    def take(self: Any, item: Any) -> bool:
        position, data = item
        self.log.seq = position.seq - 1
        self._deliver(data)
        return True

    Sync.resync = resync_once  # type: ignore[method-assign]
    Feed._take = take  # type: ignore[method-assign]


def without_bound() -> None:
    """Whatever waits for a socket is kept."""
    from wschat.web import writer

    writer.OUTBOX_MAX = 1 << 40


def without_watchdog() -> None:
    """However long the subscription is silent, nobody doubts that it lives."""
    from wschat.redis_link import subscriber

    subscriber.DEAF_AFTER = math.inf


def without_patching() -> None:
    """Leave a node's messages in memory as they came."""
    from wschat.broker.log.entries import Entries

    Entries.amend = lambda self, of, form: None  # type: ignore[method-assign]


def without_comparing() -> None:
    """A change is stored whatever the message is like by now: the last one wins."""
    _replace_in_amend("if revision(form) ~= tonumber(rev)", "if false")


def _replace_in_amend(defence: str, other: str) -> None:
    """Have Redis run another amend.lua."""
    from wschat.broker.storing.requests import ChangeCall
    from wschat.redis_link import Script

    source = ChangeCall.script.source.replace(defence, other)
    assert source != ChangeCall.script.source
    ChangeCall.script = Script("amend", source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def without_epochs() -> None:
    """A number is believed to be the same message's in every life of the log."""
    from wschat.broker.changing.lookup import Lookup

    _replace_in_amend("if not is_same_log()", "if false")
    Lookup.is_current = lambda self, epoch: True  # type: ignore[method-assign]


DEFENCES: dict[str, Callable[[], None]] = {
    "remembered ids": without_remembered_ids,
    "catch-up": without_catch_up,
    "bound": without_bound,
    "watchdog": without_watchdog,
    "patching": without_patching,
    "comparing": without_comparing,
    "epochs": without_epochs,
}


def shift_clock(file: Path) -> None:
    """From now on `time.time()` is off by as many seconds as stand in `file`."""
    honest = time.time
    time.time = lambda: honest() + float(file.read_text() or 0)


def be_forgetful() -> None:
    """Keep so few messages that a short conversation is read from Redis, in several blocks."""
    from wschat.broker import feed
    from wschat.broker.log import blocks, log_tail, redis_log, room_log

    log_tail.TAIL, redis_log.BLOCK, blocks.BLOCKS_BYTES = 4, 3, 2_000
    feed.BLOCK = room_log.BLOCK = blocks.BLOCK = 3  # type: ignore[attr-defined]  # imported from there


def shorten_leases() -> None:
    """A node that stands still for two seconds has lost its people's leases."""
    from wschat.app import node
    from wschat.presence import LeaseTimes

    vars(node)["LeaseTimes"] = partial(LeaseTimes, lease=1.5, renewal=0.5, grace=0.5, tick=0.1)


def count_tasks(*_: object) -> None:
    print(f"tasks {len(asyncio.all_tasks())}", file=sys.stderr, flush=True)


def main() -> None:
    own, options = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    parser = argparse.ArgumentParser()
    parser.add_argument("--without", choices=DEFENCES)
    parser.add_argument("--clock", type=Path)
    parser.add_argument("--forgetful", action="store_true")
    parser.add_argument("--short-leases", action="store_true")
    asked = parser.parse_args(own)
    sys.path.insert(0, str(ROOT))
    signal.signal(signal.SIGUSR2, count_tasks)
    if asked.without:
        DEFENCES[asked.without]()
    if asked.forgetful:
        be_forgetful()
    if asked.short_leases:
        shorten_leases()
    if asked.clock:
        shift_clock(asked.clock)
    sys.argv = [str(ROOT / "server.py"), *options]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
