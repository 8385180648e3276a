"""A primary that sentinels watch. They announce failovers, which a subscriber can miss, so they are also polled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..config.redis_url import Address, EngineUrl
from .keys import SLOTS, Publish
from .primary import COMMAND_TIMEOUT
from .probe import Remedy, Trouble, of_all
from .replies import whole
from .subscriber import Subscriber
from .topology import Layout, LayoutUnknown, connections_to, query_each

SWITCHED = "+switch-master"
BEGUN = "+try-failover"  # before a replica is promoted: `master <name> <host> <port>`
REMEDY = Remedy(
    "add sentinel_password=... to the options of --redis",
    "correct sentinel_user and sentinel_password in the options of --redis",
)
NO_SENTINEL = "unknown command"


class SentinelTopology:
    """Listens to all sentinels and asks all of them. The reply with the highest configuration epoch counts."""

    publish: Publish = "PUBLISH"

    def __init__(self, url: EngineUrl) -> None:
        self.url = url
        self._urls = {address: url.sentinel_url_of(address) for address in url.hosts}
        self._subscribers: list[Subscriber] = []

    async def find(self) -> Layout:
        answers, troubles = await query_each(
            self._urls,
            ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.url.primary),
            ("SENTINEL", "MASTERS"),
            read=self._read,
            remedy=REMEDY,
        )
        known = [answer for answer in answers.values() if answer is not None]
        if not known:
            raise LayoutUnknown(self._trouble(bool(answers), troubles))
        _, primary = max(known, key=lambda answer: answer[0])
        return {primary: [range(SLOTS)]}

    def start(self, on_change: Callable[[], None], on_failover: Callable[[Address], None]) -> None:
        def on_begin(data: bytes | None) -> None:
            words = (data or b"").decode(errors="replace").split()
            port = whole(words[3]) if len(words) == 4 and words[1] == self.url.primary else None
            if port is not None:
                on_failover(Address(words[2], port))

        for url in self._urls.values():
            subscriber = Subscriber(connections_to(url, COMMAND_TIMEOUT), _nothing, lambda up: on_change(), SWITCHED)
            subscriber.subscribe(SWITCHED, lambda data: on_change())
            subscriber.subscribe(BEGUN, on_begin)
            subscriber.start()
            self._subscribers.append(subscriber)

    async def stop(self) -> None:
        for subscriber in self._subscribers:
            await subscriber.stop()

    def _read(self, sentinel: Address, replies: list[Any]) -> tuple[int, Address] | None:
        """(the configuration epoch, the primary); None from a sentinel that doesn't know it."""
        place, primaries = replies
        if place is None:
            return None
        host, port = place
        return _config_epoch(primaries, self.url.primary.encode()), Address(host.decode(), int(port))

    def _trouble(self, is_answered: bool, troubles: dict[Address, Trouble]) -> Trouble:
        """Why no sentinel named the primary. `is_answered`: at least one replied; `troubles`: of the others."""
        if is_answered:
            return Trouble(
                f"the sentinels know no primary named {self.url.primary}; correct the name at the end of --redis",
                may_pass=False,
                is_remedied=True,
            )
        if any(NO_SENTINEL in trouble.reason for trouble in troubles.values()):
            return Trouble(
                "what answers there isn't a sentinel; use redis:// instead of redis+sentinel://",
                may_pass=False,
                is_remedied=True,
            )
        reasons = "; ".join(f"{address}: {trouble.reason}" for address, trouble in troubles.items())
        return of_all(f"no sentinel answers ({reasons})", troubles.values())


async def _nothing() -> None:
    return None


def _config_epoch(primaries: Any, name: bytes) -> int:
    """The number of the failover that promoted this primary, as one sentinel knows it; 0 before the first."""
    for words in primaries:
        facts = dict(zip(words[::2], words[1::2], strict=False))
        if facts.get(b"name") == name:
            return int(facts.get(b"config-epoch", 0))
    return 0
