"""How many edits and reactions are stored when more are asked for, with almost no fan-out."""

import asyncio

from tornado.escape import json_decode, json_encode
from tornado.websocket import websocket_connect

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

PEOPLE = 1000  # each alone in a room
RATE = 4000  # changes a second in total, more than one process stores; a session may make 5 edits a second


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    values: Values = {}
    for kind in ("edit", "react"):
        report = _change(testbed, contender, kind, RATE)
        values[kind] = report.acked / report.seconds
        values[f"{kind}_cost"] = _cost(report)
    return values


def with_reactions(testbed: Testbed, contender: Contender, rate: int) -> Values:
    """How much is stored, and how long it takes, when so many a second are asked for."""
    report = _change(testbed, contender, "react", rate)
    return {"rate": report.acked / report.seconds, "p99": report.ack.p99, "cost": _cost(report)}


def _change(testbed: Testbed, contender: Contender, kind: str, rate: int) -> load.Report:
    plan = load.Plan(
        clients=PEOPLE, rooms=PEOPLE, senders=PEOPLE, rate=rate, seconds=2 if testbed.quick else 5, limit=60
    )
    with testbed.running(contender) as server:
        asyncio.run(write_first_messages(f"ws://127.0.0.1:{server.port}{server.path}"))
        return load.run(server, plan, dialect=f"chat-{kind}")


def _cost(report: load.Report) -> float:
    return report.server_cpu_seconds / max(report.acked, 1) * 1e6


async def write_first_messages(url: str) -> None:
    """One in each room, by the person who changes it later."""
    for index in range(PEOPLE):
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
    "4,000 edits a second asked for, then 4,000 reactions, in 1,000 rooms with one person each",
    (
        Figure("edit", "edits a second", "", "higher"),
        Figure("edit_cost", "server processor time per edit", "µs", "lower"),
        Figure("react", "reactions a second", "", "higher"),
        Figure("react_cost", "server processor time per reaction", "µs", "lower"),
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
