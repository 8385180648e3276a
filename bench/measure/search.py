"""Search in a room of 10,000 Russian messages: how long it takes, and how long others wait for messages meanwhile."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from statistics import median

from tornado.escape import json_decode, json_encode
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Server, Testbed

MESSAGES = 10_000
WORDS = 10  # of a message
AT_ONCE = 30  # posts under way while the room is filled: a session may have 32
SEARCHES = 15  # fewer than a session may make at once
SEARCHERS = 5  # at 2 searches a second each, as often as they may
NAMES_FREE = 7  # s until the names of people who have left may be taken
ABSENT = "небывальщина"

# Stems and endings of a made-up language with the shapes of Russian: what counts is how many words there are.
_SYLLABLES = [
    "ба", "ве", "го", "ду", "жи", "за", "ки", "ло", "му", "не", "по", "ра", "со", "та", "ук", "хо", "це", "чи", "ша",
    "ще",
]  # fmt: skip
_ENDINGS = ["а", "у", "ом", "ы", "ами", "ой", "ый", "ого", "ость", "ения", "ать", "ила"]


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    plan = load.Plan(clients=1000, senders=1, rate=20, settle=2, seconds=8)
    with testbed.running(contender) as server:
        asyncio.run(fill(server))
        first, others = asyncio.run(search_alone(server))
    with testbed.running(contender) as server:
        asyncio.run(fill(server))
        quiet = load.run(server, plan)
        time.sleep(NAMES_FREE)
        searched = load.run(server, plan, measuring=lambda: _search_for(server, plan.seconds))
    return {
        "first": first,
        "next": others,
        "p99": searched.delivery.p99,
        "p99_share": searched.delivery.p99 / quiet.delivery.p99,
    }


def texts() -> Iterator[str]:
    """The texts of the messages, the same each time. A few words are in many of them, as in any language."""
    chance = random.Random(28)
    stems = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(5000)]
    weights = [1 / rank for rank in range(1, len(stems) + 1)]
    for _ in range(MESSAGES):
        yield " ".join(stem + chance.choice(_ENDINGS) for stem in chance.choices(stems, weights, k=WORDS))


async def fill(server: Server) -> None:
    client = await _join(server, "Writer")
    waiting = 0
    for number, text in enumerate(texts()):
        await client.write_message(json_encode({"type": "post", "id": f"p{number}", "text": text}))
        waiting += 1
        while waiting >= AT_ONCE or (number == MESSAGES - 1 and waiting):
            waiting -= json_decode(await client.read_message() or "{}")["type"] == "ack"
    client.close()


async def search_alone(server: Server) -> tuple[float, float]:
    """Milliseconds of the first search, and the median of those after it; each finds nothing, so it looks at all."""
    client = await _join(server, "Searcher")
    first, *others = [await _search(client) for _ in range(SEARCHES)]
    client.close()
    return first, median(others)


def _search_for(server: Server, seconds: float) -> None:
    """Let several people search for so long, while the caller goes on."""

    async def search_all() -> None:
        end = time.monotonic() + seconds
        clients = [await _join(server, f"Searcher {number}") for number in range(SEARCHERS)]
        while time.monotonic() < end:
            await asyncio.gather(*(_search(client) for client in clients))
            await asyncio.sleep(0.5)
        for client in clients:
            client.close()

    threading.Thread(target=asyncio.run, args=(search_all(),), daemon=True).start()


async def _join(server: Server, name: str) -> WebSocketClientConnection:
    client = await websocket_connect(f"ws://127.0.0.1:{server.port}{server.path}")
    await client.write_message(json_encode({"type": "hello", "name": name, "history": 0}))
    await _answer(client, "welcome")
    return client


async def _search(client: WebSocketClientConnection) -> float:
    """Milliseconds until the answer."""
    began = time.perf_counter()
    await client.write_message(json_encode({"type": "search", "text": ABSENT}))
    await _answer(client, "found")
    return (time.perf_counter() - began) * 1e3


async def _answer(client: WebSocketClientConnection, kind: str) -> None:
    """Wait for an event of this type. Raises RuntimeError for an error in its place."""
    event = {"type": ""}
    while event["type"] != kind:
        event = json_decode(await client.read_message() or '{"type": "error"}')
        if event["type"] == "error":
            raise RuntimeError(f"the server refused: {event}")


MEASURE = Measure(
    "search",
    "Search in a room of 10,000 messages",
    (
        Figure("first", "first search", "ms", "lower"),
        Figure("next", "next searches, median", "ms", "lower"),
        Figure("p99", "5 people search at 20 messages a second to 1,000: post to each client, p99", "ms", "lower"),
        Figure("p99_share", "the same, relative to nobody searching", "×", "lower"),
    ),
    take,
    contenders=("wschat",),
)
