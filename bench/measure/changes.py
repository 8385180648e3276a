"""How many edits and reactions a second are stored, beside posts under the same load, with almost no fan-out."""

import asyncio

from tornado.escape import json_decode, json_encode
from tornado.websocket import websocket_connect

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

# Each is alone in a room, with one post or change under way: so nobody reaches the 5 edits a second that a session may
# make, nor does the time in which reactions to a message are gathered hold anything up.
PEOPLE = 4000
PEOPLE_OF_CURVE = 1000


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    reports = {kind: _run(testbed, contender, kind, PEOPLE, 0) for kind in ("post", "edit", "react")}
    rates = {kind: report.acked / report.seconds for kind, report in reports.items()}
    costs = {f"{kind}_cost": _cost(report) for kind, report in reports.items()}
    return {**rates, **costs, **{f"{kind}_share": rates[kind] / rates["post"] for kind in ("edit", "react")}}


def with_reactions(testbed: Testbed, contender: Contender, rate: int) -> Values:
    """How much is stored, and how long it takes, when so many a second are asked for."""
    report = _run(testbed, contender, "react", PEOPLE_OF_CURVE, rate)
    return {"rate": report.acked / report.seconds, "p99": report.ack.p99, "cost": _cost(report)}


def _run(testbed: Testbed, contender: Contender, kind: str, people: int, rate: int) -> load.Report:
    """`rate` 0: as many as there are answers."""
    seconds = 2 if testbed.quick else 5
    plan = load.Plan(clients=people, rooms=people, senders=people, rate=rate, seconds=seconds, limit=60)
    with testbed.running(contender) as server:
        if kind == "post":
            return load.run(server, plan)
        asyncio.run(write_first_messages(f"ws://127.0.0.1:{server.port}{server.path}", people))
        return load.run(server, plan, dialect=f"chat-{kind}")


def _cost(report: load.Report) -> float:
    return report.server_cpu_seconds / max(report.acked, 1) * 1e6


async def write_first_messages(url: str, people: int) -> None:
    """One in each room, by the person who changes it later."""
    for index in range(people):
        client = await websocket_connect(url)
        room = f"room-{index}" if index else "chat"
        hello = {"type": "hello", "name": f"Guest {index:05}", "room": room, "secret": f"bench-guest-{index:05}"}
        await client.write_message(json_encode(hello))
        while True:
            event = json_decode(await client.read_message() or "{}")
            if event["type"] == "welcome":
                await client.write_message(json_encode({"type": "post", "id": "first", "text": "bench"}))
            if event["type"] == "ack":
                break
        client.close()


MEASURE = Measure(
    "changes",
    "Posts, then edits, then reactions in 4,000 rooms with one person each, one under way for each",
    (
        Figure("post", "posts a second", "", "higher"),
        Figure("post_cost", "server processor time per post", "µs", "lower"),
        Figure("edit", "edits a second", "", "higher"),
        Figure("edit_cost", "server processor time per edit", "µs", "lower"),
        Figure("edit_share", "edits × posts", "×", "higher"),
        Figure("react", "reactions a second", "", "higher"),
        Figure("react_cost", "server processor time per reaction", "µs", "lower"),
        Figure("react_share", "reactions × posts", "×", "higher"),
    ),
    take,
    contenders=OURS,
)

CURVE = Measure(
    "reactions",
    "Scaling with reactions: 1,000 rooms with one person each",
    (
        Figure("rate", "reactions a second", "", "higher"),
        Figure("p99", "reaction to its answer, p99", "ms", "lower"),
        Figure("cost", "server processor time per reaction", "µs", "lower"),
    ),
    with_reactions,
    contenders=OURS,
    axis="reactions a second",
    points=(100, 300, 1000, 2000, 4000, 8000),
    quick_points=(100, 1000),
)
