"""A Redis Cluster: its slots are distributed over primaries, and can move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from ..config.redis_url import Address, EngineUrl
from .keys import SLOTS, Publish
from .probe import Trouble, of_all
from .topology import Layout, LayoutUnknown, query_each

NO_CLUSTER = "cluster support disabled"


class SlotClaim(NamedTuple):
    """The slots of a primary, according to one node."""

    epoch: int
    address: Address
    slots: range


class ClusterTopology:
    """Asks every known node of the cluster, since one that was cut off or frozen may reply with an outdated map."""

    def __init__(self, url: EngineUrl, publish: Publish = "SPUBLISH") -> None:
        self.url = url
        self.publish = publish
        self._known: tuple[Address, ...] = ()

    async def find(self) -> Layout:
        places = dict.fromkeys((*self._known, *self.url.hosts))
        answers, troubles = await query_each(
            {address: self.url.url_of(address) for address in places}, ("CLUSTER", "NODES"), read=self._read
        )
        claims = list(chain.from_iterable(answers.values()))
        if not claims:
            raise LayoutUnknown(_trouble(troubles))
        layout = layout_of(claims)
        self._known = tuple(layout)
        return layout

    def start(self, on_change: Callable[[], None], on_failover: Callable[[Address], None]) -> None:
        """Do nothing, since a cluster announces nothing: replies and pushes reveal that slots have moved."""

    async def stop(self) -> None:
        pass

    def _read(self, address: Address, replies: list[Any]) -> list[SlotClaim]:
        return list(claims_of(replies[0].decode(), address, prefers_names=self.url.scheme == "rediss"))


def missing_slots(layout: Layout) -> list[range]:
    """Slots that no primary has."""
    owned = sorted((slots for ranges in layout.values() for slots in ranges), key=lambda slots: slots.start)
    missing, end = [], 0
    for slots in [*owned, range(SLOTS, SLOTS)]:
        if slots.start > end:
            missing.append(range(end, slots.start))
        end = max(end, slots.stop)
    return missing


def _trouble(troubles: dict[Address, Trouble]) -> Trouble:
    """Why no node claims a slot; `troubles`: of the nodes that didn't reply."""
    if not troubles:
        return Trouble(
            "the cluster has no slots yet; create it (redis-cli --cluster create)", may_pass=True, is_answer=True
        )
    if any(NO_CLUSTER in trouble.reason for trouble in troubles.values()):
        return Trouble(
            "what answers there isn't a cluster; use redis:// instead of redis+cluster://",
            may_pass=False,
            is_remedied=True,
        )
    reasons = "; ".join(f"{address}: {trouble.reason}" for address, trouble in troubles.items())
    return of_all(f"no node of the cluster answers ({reasons})", troubles.values())


def layout_of(claims: Iterable[SlotClaim]) -> Layout:
    """The layout by these claims: for each slot, the claim with the highest epoch counts."""
    owners: list[Address | None] = [None] * SLOTS
    for _, address, slots in sorted(claims, key=lambda claim: claim.epoch):
        owners[slots.start : slots.stop] = [address] * len(slots)
    layout: dict[Address, list[range]] = {}
    first = 0
    for slot in range(1, SLOTS + 1):
        if slot == SLOTS or owners[slot] != owners[first]:
            owner = owners[first]
            if owner is not None:
                layout.setdefault(owner, []).append(range(first, slot))
            first = slot
    return layout


def claims_of(nodes: str, asked: Address, *, prefers_names: bool) -> Iterator[SlotClaim]:
    """The claims in a reply of `asked` to CLUSTER NODES.

    A line has id, address, flags, primary, two times, epoch, state of the link, slots. `prefers_names`: use a
    node's name instead of its address, if it announces one.
    """
    for line in nodes.splitlines():
        _, place, flags, _, _, _, epoch, _, *slots = line.split()
        if "master" not in (kinds := flags.split(",")) or "noaddr" in kinds:
            continue
        address = _address(place, asked, prefers_names)
        for each in slots:
            if not each.startswith("["):  # slots in brackets are migrating
                first, _, last = each.partition("-")
                yield SlotClaim(int(epoch), address, range(int(first), int(last or first) + 1))


def _address(place: str, asked: Address, prefers_names: bool) -> Address:
    """The address in `host:port@bus[,name]`. A node that doesn't know its own host has the one of `asked`; certificates
    need names.
    """
    where, *names = place.split(",")
    host, _, port = where.partition("@")[0].rpartition(":")
    name = names[0] if names and prefers_names else ""
    return Address(name or host.strip("[]") or asked.host, int(port))
