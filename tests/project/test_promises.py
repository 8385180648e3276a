"""docs/promises.md: each promise of the docs names the tests that hold it.

The figures in the docs are those of the code, and of the last full run of the benchmark.
"""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

import msgspec
import pytest

from wschat import idle, model
from wschat.access import access, picture_tokens
from wschat.app import logs, node, os_signals
from wschat.broker import feed, poller
from wschat.broker.log import batches
from wschat.broker.storing import publisher
from wschat.errors import CloseCode
from wschat.hooks import ANSWER_MAX, CallTimes, posting, room_hooks
from wschat.limits import delays
from wschat.presence import LeaseTimes, roster
from wschat.protocol.commands import HISTORY_MAX, PEOPLE_MAX
from wschat.redis_link import keys
from wschat.redis_link.subscriber import DEAF_AFTER, PING_EVERY
from wschat.room import delete_by_author, rooms
from wschat.room.room_moderation import ERASURES
from wschat.session import client, reading
from wschat.session.limits.quotas import STRIKES
from wschat.session.session_services import UPLOADS, SessionLimits
from wschat.web import edge, handshake, heartbeat, hook_handler, webhook_client, websocket, writer
from wschat.web.http_connections import TIMEOUTS, Phase
from wschat.web.picture_traffic import AT_ONCE, OF_ADDRESS, PLACE_TIMEOUT, SLOWEST

from .docs import tables, text_of

ROOT = Path(__file__).resolve().parents[2]
PROMISES = "docs/promises.md"
HEAD = ["promise", "held by", "seen to fail"]
TIMES = LeaseTimes()
CALLS = CallTimes()
DAY = 24 * 3600
OPERATIONS, RELIABILITY, PROTOCOL = "docs/operations.md", "docs/reliability.md", "docs/protocol.md"
SECURITY_SETTINGS = "docs/security-settings.md"
SILENCE = heartbeat.PING_TIMEOUT + heartbeat.PARTS * heartbeat.TICK_EVERY
REQUEST = TIMEOUTS[Phase.REQUEST]
HEADERS = edge.HTTP_LIMITS["max_header_size"] >> 10

# (document, words with the figure as the code has it)
FIGURES = [
    (OPERATIONS, f"| text of a message | {model.TEXT_MAX:,} characters |"),
    (OPERATIONS, f"| name | {model.NAME_MAX} characters |"),
    (OPERATIONS, f"| one WebSocket message | {websocket.MESSAGE_MAX >> 10} KiB | close {CloseCode.TOO_BIG} |"),
    (OPERATIONS, f"| unacknowledged posts of a session | {SessionLimits().posts_waiting} |"),
    (OPERATIONS, f"| unanswered requests of a session for old messages | {client.READS_MAX} |"),
    (OPERATIONS, f"request | {hook_handler.BODY_MAX >> 10} KiB; {posting.AT_ONCE} requests of a hook at once |"),
    (OPERATIONS, f"A room has up to {room_hooks.HOOKS_MAX}."),
    (OPERATIONS, f"The program has {webhook_client.TIMEOUT:g} s to answer"),
    (OPERATIONS, f"more than {ANSWER_MAX >> 10} KiB; none | the call is repeated after {CALLS.first_delay:g} s"),
    (OPERATIONS, f"up to {CALLS.longest_delay / 60:g} minutes. Later messages wait"),
    (OPERATIONS, f"Messages older than {CALLS.given_up / 3600:g} hours are skipped"),
    (OPERATIONS, f"another one takes over within {CALLS.lease + CALLS.renewal:g} s"),
    (OPERATIONS, f"| string, {CALLS.lease:g} s | the node that calls"),
    (OPERATIONS, f"| bytes queued for one socket | {writer.OUTBOX_MAX >> 20} MiB;"),
    (OPERATIONS, f"to `hello` | {heartbeat.HELLO_TIMEOUT:g} s; {heartbeat.RETRY_TIMEOUT:g} s after"),
    (
        OPERATIONS,
        f"after {heartbeat.PING_AFTER:g} s, dead after {heartbeat.PING_TIMEOUT:g} s (noticed within {SILENCE:g} s)",
    ),
    (OPERATIONS, f"| request headers | {HEADERS} KiB, the first ones within {REQUEST:g} s |"),
    (OPERATIONS, f"| memory of a post's id | {publisher.REMEMBER // 3600} hours |"),
    (OPERATIONS, f"| a room other than the main one | {keys.ROOM_KEPT // DAY} days after its last message |"),
    (
        OPERATIONS,
        f"| lease of a person | {TIMES.lease:g} s, renewed every {TIMES.renewal:g} s; {TIMES.grace:g} s after",
    ),
    (OPERATIONS, f"| silence of Redis | noticed within {PING_EVERY + DEAF_AFTER:g} s |"),
    (OPERATIONS, f"posts in flight, for up to {node.POSTS_TIMEOUT:g} s"),
    (OPERATIONS, f"spread at random over up to {os_signals.SPREAD:g} s"),
    (OPERATIONS, f"shortens leases to {TIMES.grace:g} s"),
    (OPERATIONS, f"warns its users {idle.NOTICE_AHEAD:g} s ahead"),
    (OPERATIONS, f"at most {logs.SAME_MOST} lines with the same message in {logs.SAME_TIME:g} s"),
    (OPERATIONS, f"| pictures of a message, one picture | {model.PICTURES_MAX}, {model.UPLOAD_MAX >> 20} MiB before"),
    (RELIABILITY, f"notices within {PING_EVERY + DEAF_AFTER:g} s"),
    (RELIABILITY, f"once {writer.OUTBOX_MAX >> 20} MiB is queued"),
    (RELIABILITY, f"stores it once, within {publisher.REMEMBER // 3600} hours"),
    (PROTOCOL, f"1–**{model.TEXT_MAX:,}** characters"),
    (PROTOCOL, f"within **{heartbeat.HELLO_TIMEOUT:g} s**"),
    (PROTOCOL, f"send another within {heartbeat.RETRY_TIMEOUT:g} s"),
    (PROTOCOL, f"a WebSocket ping after {heartbeat.PING_AFTER:g} s"),
    (PROTOCOL, f"(4000) after {heartbeat.PING_TIMEOUT:g} s"),
    (PROTOCOL, f"`Retry-After` ({handshake.RETRY_AFTER} s)"),
    (PROTOCOL, f"A message of a client may have **{websocket.MESSAGE_MAX >> 10} KiB**"),
    (PROTOCOL, f"has up to {reading.ANSWER_MAX >> 10} KiB of messages"),
    (PROTOCOL, f"oldest first, as many as fit in {batches.SNAPSHOT_BYTES >> 10} KiB"),
    (PROTOCOL, f"`messages` (the newest {feed.RESET_MESSAGES})"),
    (PROTOCOL, f"`people`: up to {roster.TYPING_MOST} of those"),
    (PROTOCOL, f"more than {STRIKES.burst:g} at once, or {STRIKES.per_second:g} a second"),
    (PROTOCOL, f"`limit` (1–{HISTORY_MAX}, default 50)"),
    (PROTOCOL, f"`limit` (1–{PEOPLE_MAX}, default {PEOPLE_MAX})"),
    (PROTOCOL, f"at most one in {SessionLimits().typing_every:g} s"),
    (PROTOCOL, f"the first {roster.LIST} by name"),
    (PROTOCOL, f"of that the newest {delete_by_author.ERASED_MAX:,} messages"),
    (PROTOCOL, f"one `erase` in {1 / ERASURES.per_second:g} s, each with a burst of {ERASURES.burst:g}"),
    (PROTOCOL, f"[receipts](#pictures) of up to **{model.PICTURES_MAX}**"),
    (PROTOCOL, f"within **{picture_tokens.TICKET_VALID // 60} minutes**"),
    (PROTOCOL, f"gets **{UPLOADS.burst:g}** at once, then one in {1 / UPLOADS.per_second:g} s"),
    (PROTOCOL, f"as slowly as **{SLOWEST >> 10} KiB** a second"),
    (PROTOCOL, f"It is valid for **{picture_tokens.RECEIPT_VALID // 3600} h**"),
    (SECURITY_SETTINGS, f"a burst of {UPLOADS.burst:g}, one in {1 / UPLOADS.per_second:g} s"),
    (SECURITY_SETTINGS, f"{AT_ONCE} · {OF_ADDRESS}; others wait up to {PLACE_TIMEOUT:g} s"),
    (
        SECURITY_SETTINGS,
        f"uploaded has {TIMEOUTS[Phase.BODY]:g} s, and one that is downloaded {TIMEOUTS[Phase.ANSWER]:g} s, "
        f"and as long as it takes at {SLOWEST >> 10} KiB a second",
    ),
    (SECURITY_SETTINGS, f"must wait {delays.FIRST_DELAY:g} s, then 2, 4 … up to {delays.LONGEST_DELAY:g} s"),
    (SECURITY_SETTINGS, f"or {delays.FORGIVEN_AFTER / 60:g} minutes without an attempt"),
    (SECURITY_SETTINGS, f"Clocks may differ by {access.LEEWAY:g} s"),
    (SECURITY_SETTINGS, f"a burst of {rooms.NEW_ROOMS.burst:g}, one in {1 / rooms.NEW_ROOMS.per_second:g} s"),
]

SCALING, PERFORMANCE = "docs/scaling.md", "docs/performance.md"
RESULTS = msgspec.json.decode((ROOT / "bench/results/latest.json").read_bytes())["values"]


def latest(measure: str, figure: str, *, point: int = 0, server: str = "wschat", unit: float = 1) -> str:
    """A median of bench/results/latest.json in `unit`s, with two significant digits: more of them are noise.

    A question mark if a run had none.
    """
    values = RESULTS.get(measure, {}).get(server, {}).get(str(point), {}).get(figure, [None])
    return "?" if None in values else f"{float(f'{median(values) / unit:.2g}'):,g}"


def with_two_workers(measure: str, figure: str, *, point: int = 0) -> str:
    return latest(measure, figure, point=point, server="wschat-2")


PROCESS, CONNECTION = latest("memory", "empty"), latest("memory", "connection")

# (document, words with the figure as the last full run of the benchmark has it)
MEASURED = [
    (SCALING, f"| {PROCESS} MB, and {CONNECTION} KB for each connection |"),
    (SCALING, f"| a process | {PROCESS} MB;"),
    (SCALING, f"| a connection | {CONNECTION} KB,"),
    (SCALING, f"a second ({latest('joins', 'rate')} on the faster machine) |"),
    (
        SCALING,
        f"wrote {latest('saturation', 'rate', unit=1e6)} million messages a second to 1,000 people and stored "
        f"{latest('posts', 'rate')} posts a second",
    ),
    (
        SCALING,
        f"the last of 10,000 people in {with_two_workers('crowd', 'p50')} ms ({latest('crowd', 'p50')} ms with one "
        f"process), and 1,000 people who came at once had joined after {with_two_workers('joins', 'all')} s "
        f"({latest('joins', 'all')} s)",
    ),
    (
        PERFORMANCE,
        f"{latest('messages', 'merged', point=300)} at 300 a second, {latest('messages', 'merged', point=1000)} at "
        f"1,000, {latest('messages', 'merged', point=3000)} at 3,000, {latest('messages', 'merged', point=10000)} at "
        "10,000,",
    ),
    (
        PERFORMANCE,
        f"in 10 rooms {latest('rooms', 'merged', point=10)} messages share a write, in 100 rooms "
        f"{latest('rooms', 'merged', point=100)},",
    ),
    (
        PERFORMANCE,
        f"({latest('reactions', 'cost', point=100, unit=1e3)} ms at 100 a second, "
        f"{latest('reactions', 'cost', point=8000, unit=1e3)} ms at 8,000)",
    ),
    (
        PERFORMANCE,
        f"the median is {with_two_workers('crowd', 'p50')} ms instead of {latest('crowd', 'p50')}, at 10 messages a "
        f"second to 15,000 the p99 {with_two_workers('clients', 'p99', point=15000)} ms instead of "
        f"{latest('clients', 'p99', point=15000)}",
    ),
]


def rows() -> list[list[str]]:
    return [row for row in tables(text_of(PROMISES)) if row != HEAD]


def named() -> list[str]:
    """Those that hold promises, and those of the table of ways around a moderator's acts."""
    tried = re.findall(r"`([\w/]+\.py::test_\w+)`", text_of(SECURITY_SETTINGS))
    return sorted({*tried, *(test for row in rows() for test in re.findall(r"`([^`]+)`", row[1]))})


@pytest.mark.parametrize("test", named())
def test_a_test_that_holds_a_promise_exists(test: str) -> None:
    """A test that is renamed or removed takes its promise with it."""
    file, _, name = test.partition("::" if "::" in test else ": ")
    there = text_of(f"tests/{file}")
    assert name
    assert f"def {name}(" in there or f'test("{name}"' in there


def test_every_promise_has_a_test() -> None:
    """Otherwise it is a wish."""
    assert [row[0] for row in rows() if not re.search("`.+(::|: ).+`", row[1])] == []
    assert all(len(row) == len(HEAD) for row in rows())


@pytest.mark.parametrize("sentence", re.findall(r"^- \*\*(.+?)\*\*", text_of("docs/reliability.md"), re.MULTILINE))
def test_every_guarantee_has_a_row(sentence: str) -> None:
    """The bold sentences of docs/reliability.md stand in the list word for word, or are limits of the guarantees."""
    limits = text_of("docs/reliability.md").partition("\n## What is not guaranteed\n")[2]
    promised = re.sub(r"\W+$", "", sentence)
    assert f"**{sentence}**" in limits or any(row[0].startswith(promised) for row in rows())


def test_every_promise_of_reliability_and_security_was_seen_to_fail() -> None:
    """The code was broken as the last column says, and the tests failed."""
    text = text_of(PROMISES)
    for page in ("reliability.md", "SECURITY.md"):
        part = text.partition(f"\n## [{page}]")[2].partition("\n## ")[0]
        unseen = [row[0] for row in tables(part) if row != HEAD and not row[2]]
        assert part
        assert unseen == []


def test_every_fault_in_the_docs_has_a_scenario() -> None:
    """Each number in the list of faults is that of a test."""
    faults = text_of("docs/reliability.md").partition("\n## The faults\n")[2].partition("\n## ")[0]
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "tests/faults").glob("test_*.py")]
    used = {number for source in sources for number in re.findall(r'mark\.scenario\("(\d+)', source)}
    assert {row[0] for row in tables(faults) if row[0].isdigit()} <= used


@pytest.mark.parametrize(("doc", "words"), FIGURES)
def test_a_figure_in_the_docs_is_that_of_the_code(doc: str, words: str) -> None:
    """A changed limit fails here, with the sentence of the docs that states it."""
    assert words in " ".join(text_of(doc).split()) or words in text_of(doc)


@pytest.mark.parametrize(("doc", "words"), MEASURED)
def test_a_measured_figure_in_the_docs_is_that_of_the_last_benchmark(doc: str, words: str) -> None:
    """After a full run of the benchmark, each sentence whose figures have changed fails here, with the new ones."""
    if words not in " ".join(text_of(doc).split()):
        pytest.fail(f"{doc} should say: {words}", pytrace=False)


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
def test_the_words_for_the_picture_in_the_readme_have_the_measured_figures(readme: str) -> None:
    """Millions of deliveries a second at saturation, from the fastest server to the slowest."""
    words = re.search(r'perf-saturation\.svg"[^>]* alt="([^"]+)"', text_of(readme))
    assert words
    rates = {name: median(points["0"]["rate"]) for name, points in RESULTS["saturation"].items() if name != "wschat-2"}
    measured = [f"{rate / 1e6:.2f}" for rate in sorted(rates.values(), reverse=True)]
    assert [figure.replace(",", ".") for figure in re.findall(r"\d+[.,]\d\d", words[1])] == measured


def test_the_poll_is_as_often_as_the_model_of_the_faults_believes() -> None:
    """More than three polls fit into the time that a story waits for anything."""
    from ..faults.model_system import TIMEOUT

    assert TIMEOUT >= 3 * poller.POLL_EVERY
