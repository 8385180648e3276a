"""Start-up checks of a Sentinel set or a cluster, and the link to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..config.redis_url import EngineUrl, parse_engine_url
from .cluster import ClusterTopology, missing_slots
from .probe import NO_ANSWER, Probe, Trouble
from .routed import RoutedLink
from .sentinel import SentinelTopology
from .topology import LayoutUnknown, Topology, query_each

NO_REPLICAS = "A primary accepts writes without a replica: a failover loses messages; set min-replicas-to-write 1"


def open_routed_link(url: str, *, publish_plainly: bool) -> RoutedLink:
    """A link to all primaries at `url`, not yet started. `publish_plainly`: a cluster also publishes with PUBLISH."""
    return RoutedLink(_topology(parse_engine_url(url), publish_plainly=publish_plainly))


def find_engine_trouble(url: str) -> Trouble | None:
    """The reason why the set or cluster can't be used now, or None. Blocking."""
    return asyncio.run(_find_trouble(_topology(parse_engine_url(url))))


def primary_urls(url: str) -> list[str]:
    """The URLs of the primaries; empty if no server names them. Blocking."""
    topology = _topology(parse_engine_url(url))
    try:
        return [topology.url.url_of(address) for address in asyncio.run(topology.find())]
    except LayoutUnknown:
        return []


def replica_warnings(url: str) -> list[str]:
    """A warning if a failover of this primary could lose messages; none if not, or if it doesn't say. Blocking."""
    try:
        with Probe(url) as client:
            wanted = client.config("min-replicas-to-write").get("min-replicas-to-write", "1")
    except NO_ANSWER:
        return []
    return [NO_REPLICAS] if wanted == "0" else []


def _topology(url: EngineUrl, *, publish_plainly: bool = False) -> Topology:
    if url.kind == "sentinel":
        return SentinelTopology(url)
    return ClusterTopology(url, "BOTH" if publish_plainly else "SPUBLISH")


async def _find_trouble(topology: Topology) -> Trouble | None:
    try:
        layout = await topology.find()
    except LayoutUnknown as problem:
        return problem.trouble
    missing = missing_slots(layout)
    if missing:
        return _for_a_person(f"the cluster isn't whole: no primary has {_slots(missing)}")
    urls = {address: topology.url.url_of(address) for address in layout}
    roles, troubles = await query_each(urls, ("ROLE",), read=lambda _, replies: replies[0][0])
    for address, trouble in troubles.items():
        return trouble._replace(reason=f"primary {address}: {trouble.reason}", is_for_a_person=True)
    for address, role in roles.items():
        if role != b"master":
            return _for_a_person(f"{address} should be the primary, and is a replica")
    return None


def _for_a_person(reason: str) -> Trouble:
    """Trouble that passes if servers are just starting, but otherwise needs a person."""
    return Trouble(reason, may_pass=True, is_for_a_person=True)


def _slots(ranges: Iterable[range]) -> str:
    return "slots " + ", ".join(f"{slots.start}-{slots.stop - 1}" for slots in ranges)
