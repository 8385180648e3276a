"""Three health checks: is the process alive, can it serve somebody new, and how is everything."""

from __future__ import annotations

import asyncio
import http.client
import json
import time

import pytest
from redis.asyncio import Redis

from wschat.errors import CloseCode
from wschat.redis_link import PrimaryLink

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.http import get


def primary(nodes: Nodes) -> PrimaryLink:
    """The first node's link to its Redis."""
    link = nodes.nodes[0].link
    assert isinstance(link, PrimaryLink)
    return link


async def test_a_healthy_server_says_so(node: Nodes) -> None:
    """The response is 200 with the number of sessions."""
    await node.join("Ann")
    status, headers, body = await get(node, "/health")
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    facts = json.loads(body)
    assert (facts["redis"], facts["sessions"]) == ("up", 1)


async def test_a_head_of_the_health_check_has_its_status_and_no_body(node: Nodes) -> None:
    """Probes that send HEAD learn the same as with GET."""
    link = primary(node)
    for is_up, expected in ((True, 200), (False, 503), (True, 200)):
        link._changed(is_up)
        _, whole, body = await get(node, "/health")
        status, headers, nothing = await get(node, "/health", "HEAD")
        assert (status, nothing) == (expected, b"")
        assert headers["Content-Length"] == whole["Content-Length"] == str(len(body))
        assert headers["Cache-Control"] == "no-store"


async def test_a_server_without_redis_is_not_healthy(node: Nodes, redis: Redis) -> None:
    """The response is 503 while the link is down, then 200 again."""
    link = primary(node)
    link._changed(False)
    status, _, body = await get(node, "/health")
    assert (status, json.loads(body)["redis"]) == (503, "down")
    link._changed(True)
    assert (await get(node, "/health"))[0] == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/health"])
async def test_every_health_check_takes_head(node: Nodes, path: str) -> None:
    """Some load balancers send nothing else."""
    status, headers, nothing = await get(node, path, "HEAD")
    assert (status, nothing, headers["Cache-Control"]) == (200, b"", "no-store")


async def test_a_process_that_runs_is_alive_whatever_redis_does(node: Nodes) -> None:
    """A restart would mend nothing, so nobody is to be told to restart it; but nobody new is to be sent to it."""
    primary(node)._changed(False)
    assert (await get(node, "/healthz"))[0] == 200
    status, _, body = await get(node, "/readyz")
    assert (status, body) == (503, b"Redis doesn't answer\n")
    facts = json.loads((await get(node, "/health"))[2])
    assert facts["cannot"] == ["hello", "post", "edit", "delete", "react", "history", "search"]
    primary(node)._changed(True)


async def test_a_node_is_ready_when_what_it_publishes_comes_back(node: Nodes, redis: Redis) -> None:
    """Here the subscription is deaf for a moment: Redis takes the message, and nobody hears it."""
    assert (await get(node, "/readyz"))[0] == 200
    node.nodes[0].link.unsubscribe("wschat:node")
    await asyncio.sleep(1.1)  # the answer is fresh for a second
    start = time.monotonic()
    status, _, body = await get(node, "/readyz")
    assert (status, body) == (503, b"nothing comes back from Redis within 2 s\n")
    assert 1.9 < time.monotonic() - start < 10
    node.nodes[0].channel.start()
    await asyncio.sleep(1.1)
    assert (await get(node, "/readyz"))[0] == 200


async def test_many_who_ask_whether_it_is_ready_ask_redis_once(node: Nodes, redis: Redis) -> None:
    """Fifty balancers within a second."""
    await redis.publish("nobody", "")
    before = (await redis.info("commandstats"))["cmdstat_publish"]["calls"]
    answers = await asyncio.gather(*(get(node, "/readyz") for _ in range(50)))
    assert {status for status, _, _ in answers} == {200}
    after = (await redis.info("commandstats"))["cmdstat_publish"]["calls"]
    assert after - before <= 3


async def test_a_draining_node_is_not_ready_before_anything_else(node: Nodes) -> None:
    """A request on an open connection is answered so while clients are still served."""
    ann = (await node.join("Ann"))[0]
    connection = http.client.HTTPConnection("127.0.0.1", node.nodes[0].edge.port, timeout=PATIENCE)

    def ask(path: str) -> tuple[int, bytes]:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    assert (await asyncio.to_thread(ask, "/readyz"))[0] == 200
    node.nodes[0].end(CloseCode.RESTARTING, 0.0)
    assert await asyncio.to_thread(ask, "/readyz") == (503, b"draining\n")
    assert (await asyncio.to_thread(ask, "/healthz"))[0] == 200
    assert json.loads((await asyncio.to_thread(ask, "/health"))[1])["cannot"] == ["hello"]
    assert await ann.is_there()
    connection.close()
