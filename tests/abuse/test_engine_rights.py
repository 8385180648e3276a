"""A Sentinel set and a cluster that trust the chat with as little as possible, and that are reached by TLS."""

from __future__ import annotations

import asyncio
import gc
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from wschat.errors import StartError
from wschat.redis_link import find_redis

from ..support import Nodes, join
from ..support.certificates import certificate
from ..support.engines import Cluster, SentinelSet
from ..support.redis import embedded_binary
from ..support.redis_server import RedisServer
from ..support.room import until
from ..support.server import ROOT

DEBIAN = shutil.which("redis-server")
needs_debian = pytest.mark.skipif(DEBIAN is None, reason="there is no redis-server here")
BINARIES = [
    pytest.param(embedded_binary, id="Valkey 9"),
    pytest.param(lambda: Path(DEBIAN or ""), id="the system's Redis, 7.0 in Debian", marks=needs_debian),
]
CREDENTIALS = "wschat:PASSWORD@"


def small_sentinel_set(folder: Path, **options: object) -> SentinelSet:
    return SentinelSet(folder, sentinels=1, **options)  # type: ignore[arg-type]


def small_cluster(folder: Path, **options: object) -> Cluster:
    return Cluster(folder, primaries=2, replicas=0, **options)  # type: ignore[arg-type]


def acl_of(kind: str) -> list[str]:
    """The words of the docs for the user of this kind of server."""
    text = (ROOT / "docs/security-settings.md").read_text("utf-8")
    base = re.search(r"```acl\nuser wschat (.*)\n```", text)
    more = re.search(rf"\| {kind} \| `(.*)` \|", text.replace("\\|", "|"))
    assert base is not None
    assert more is not None
    return more[1].split() if kind == "a sentinel" else [*base[1].split(), *more[1].split()]


def trust_little(servers: list[RedisServer], kind: str) -> None:
    for server in servers:
        with Redis(port=server.port) as client:
            client.execute_command("ACL", "SETUSER", "wschat", *acl_of(kind))


def denied(servers: list[RedisServer]) -> list[object]:
    """The commands that a server has denied to the chat, without those that the docs call optional."""
    entries: list[object] = []
    for server in servers:
        with Redis(port=server.port) as client:
            log: list[dict[str, str]] = client.acl_log()
            entries += [one for one in log if one["object"] not in ("info", "config|get")]
    return entries


async def people_talk(nodes: Nodes, change: Callable[[], object]) -> None:
    """Everything that people do, before and after the primary of their room is another one."""
    await nodes.start(2, publish="both")
    anna, boris = await nodes.join("Анна", "Борис")
    vera = await join(nodes.ws(), "Вера", room="другая")
    await anna.posts("слово")
    await vera.posts("слово")
    await asyncio.to_thread(change)
    await until(lambda: all(node.link.state == "up" for node in nodes.nodes))
    for number, words in enumerate(({"type_": "edit", "text": "лучше"}, {"type_": "react", "emoji": "👍"})):
        await anna.send(seq=1, ref=f"c{number}", **words)
        await anna.gets("done", ref=f"c{number}")
    await anna.send("typing")
    await anna.posts("после")
    assert await boris.hears("после")
    await vera.posts("и ещё")
    back = await join(nodes.ws(1), "Анна", token=anna.welcome["token"])
    assert back.welcome["messages"][-1]["text"] == "после"
    for client in (anna, boris, vera, back):
        await client.leaves()
    await nodes.stop()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., SentinelSet | Cluster]]:
    """Starts servers, which stop with the test."""
    engines: list[SentinelSet | Cluster] = []

    def start(make: Callable[..., SentinelSet | Cluster], **options: object) -> SentinelSet | Cluster:
        engines.append(make(tmp_path / "servers", **options))
        return engines[-1].start()

    yield start
    for engine in engines:
        engine.stop()


@pytest.mark.parametrize("binary", BINARIES)
async def test_the_chat_needs_no_more_rights_at_sentinels_than_the_docs_say(
    running: Callable[..., SentinelSet], binary: Callable[[], Path]
) -> None:
    """It finds the primary and follows a failover under that user, and nothing is denied."""
    redis = running(small_sentinel_set, binary=binary(), credentials=CREDENTIALS)
    trust_little(redis.servers, "a server that sentinels watch")
    trust_little(redis.sentinels, "a sentinel")
    for sentinel in redis.sentinels:
        with Redis(port=sentinel.port) as client:
            client.execute_command("ACL", "SETUSER", "wschat", "on", ">WATCH")

    def fail_over() -> None:
        before = redis.owner()
        redis.in_step()  # Redis 7.0 doesn't see to it
        redis.failover()
        redis.promoted(before)

    await people_talk(Nodes(f"{redis.url}?sentinel_user=wschat&sentinel_password=WATCH"), fail_over)
    assert denied([*redis.servers, *redis.sentinels]) == []


@pytest.mark.parametrize("binary", BINARIES)
async def test_the_chat_needs_no_more_rights_in_a_cluster_than_the_docs_say(
    running: Callable[..., Cluster], binary: Callable[[], Path]
) -> None:
    """A room moves key by key under that user, messages are published in both ways, and nothing is denied."""
    redis = running(small_cluster, binary=binary(), credentials=CREDENTIALS)
    trust_little(redis.servers, "a server of a cluster")
    to = next(server for server in redis.servers if server is not redis.owner())
    await people_talk(Nodes(redis.url), lambda: redis.move_key_by_key("chat", to))
    assert denied(redis.servers) == []


@needs_debian
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("make", [small_sentinel_set, small_cluster])
async def test_several_servers_are_reached_by_tls(
    running: Callable[..., SentinelSet | Cluster], tmp_path: Path, make: Callable[..., SentinelSet | Cluster]
) -> None:
    """Sentinels and nodes of a cluster, whose certificate is checked; without its authority nothing starts."""
    (tmp_path / "tls").mkdir()
    files = certificate(tmp_path / "tls")
    redis = running(make, binary=Path(DEBIAN or ""), tls=files)
    with pytest.raises(StartError, match="CERTIFICATE_VERIFY_FAILED|certificate verify failed|self-signed|self signed"):
        find_redis(redis.url, tmp_path)
    url = f"{redis.url}?ssl_ca_certs={files[0]}"
    assert find_redis(url, tmp_path).url == url
    gc.collect()  # find_redis doesn't wait for a slow server's part in the end of TLS
    await people_talk(Nodes(url), lambda: None)
