"""Hypothesis against parser, decoder and session: whatever comes, the answer is a documented one."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wschat.errors import CloseCode, ErrorCode, Refused
from wschat.fan_out import Opcode
from wschat.protocol import AnyCommand, read_command
from wschat.session import ClientAddress, Session
from wschat.web.decoder import Decoder, Received

from .. import fuzz
from ..fuzz.targets import TARGETS
from ..support import Nodes
from ..support.frames import frame
from ..support.recording import RecordingTransport
from ..support.room import until

numbers = count(1)  # a name is nobody else's for some seconds after its person has left
KNOWN = [command.__struct_config__.tag for command in AnyCommand.__args__]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
fields = st.fixed_dictionaries(
    {"type": st.sampled_from(KNOWN) | st.text(max_size=8)},
    optional={
        "id": st.sampled_from(["a", "b", "c"]) | json_values,
        "text": st.text(max_size=50) | json_values,
        "name": st.sampled_from(["Анна", "Борис", "Admin"]) | st.text(max_size=40),
        "room": st.sampled_from(["chat", "другая"]) | st.text(max_size=10),
        "ref": st.text(max_size=10) | json_values,
        "before": st.integers(-2, 2**60) | json_values,
        "limit": st.integers(-2, 300) | json_values,
        "query": st.text(max_size=10),
        "offset": st.integers(-2, 2**60),
        "token": st.text(max_size=40),
        "jwt": st.text(max_size=40),
        "password": st.text(max_size=10),
        "history": st.integers(-2, 300),
        "resume": st.fixed_dictionaries({"epoch": st.text(max_size=10), "seq": st.integers(-2, 2**60)}) | json_values,
    },
)
payloads = fields.map(lambda value: json.dumps(value).encode()) | json_values.map(
    lambda value: json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")
)


def command_or_refusal(data: bytes) -> AnyCommand | Refused:
    try:
        return read_command(data)
    except Refused as refused:
        return refused


@given(st.binary(max_size=300) | payloads)
@settings(max_examples=200)
def test_the_parser_knows_a_command_or_says_why_not(data: bytes) -> None:
    """It returns a command or raises a refusal that fits into an `error` event."""
    outcome = command_or_refusal(data)
    if isinstance(outcome, Refused):
        assert outcome.code in set(ErrorCode)
        assert all(isinstance(value, str) and len(value) <= 64 for value in outcome.facts.values())
    else:
        assert isinstance(outcome, AnyCommand.__args__)


def fed(chunks: list[bytes]) -> tuple[list[Received], int]:
    """Feed these bytes to a decoder; returns the messages, and the code with which it gave up."""
    decoder, received = Decoder(2000), []
    for chunk in chunks:
        received += decoder.feed(chunk)
    return received, int(decoder.error.code) if decoder.error else 0


frames = st.builds(
    frame,
    st.sampled_from([*range(3), *range(8, 11), 3, 11]),
    st.binary(max_size=140) | st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass")),
    final=st.booleans(),
    reserved=st.sampled_from([0] * 9 + [1, 4]),
    mask=st.binary(min_size=4, max_size=4),
)


@given(st.lists(frames, max_size=8).map(b"".join) | st.binary(max_size=200), st.data())
@settings(max_examples=300)
def test_the_decoder_sees_the_same_however_the_bytes_are_cut(stream: bytes, data: st.DataObject) -> None:
    """It gives up with a documented code, or has whole messages within the limit."""
    whole, code = fed([stream])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    borders = [0, *cuts, len(stream)]
    cut = fed([stream[start:end] for start, end in pairwise(borders)])
    one_by_one = fed([bytes([byte]) for byte in stream])
    assert code in (0, *map(int, CloseCode))
    if any(item.opcode is Opcode.CLOSE for item in whole):  # what follows isn't looked at: nobody feeds it
        assert cut[0][: len(whole)] == one_by_one[0][: len(whole)] == whole
    else:
        assert cut == one_by_one == (whole, code)
    for item in one_by_one[0]:
        assert len(item.payload) <= 2000
        if item.opcode is Opcode.TEXT:
            item.payload.decode()


@pytest.fixture
async def quick_node(nodes: Nodes) -> Nodes:
    return await nodes.start(1)


@given(st.lists(payloads | st.binary(max_size=40), max_size=12), st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_a_session_answers_whatever_it_is_told(
    quick_node: Nodes, caplog: pytest.LogCaptureFixture, commands: list[bytes], joins: bool
) -> None:
    """On a real node it raises nothing, uses documented codes except `internal`, and closes only for a flood."""
    caplog.set_level(logging.ERROR)
    services = quick_node.nodes[0].services
    transport = RecordingTransport()
    session = Session(services, transport, ClientAddress("", "", "", ""))
    if joins:
        session.receive(json.dumps({"type": "hello", "name": f"Гость {next(numbers)}"}).encode())
        await until(lambda: transport.got("welcome"))
    for data in commands:
        session.receive(data)
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    session.closed()
    session.closed()
    codes = {event["code"] for event in transport.events if event["type"] == "error"}
    assert codes <= {code.value for code in ErrorCode} - {"internal"}
    assert not caplog.records
    assert transport.code in (None, CloseCode.FLOOD)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_what_the_fuzzer_starts_from_breaks_nothing(target: Callable[[bytes], None]) -> None:
    """The corpus is also tested on machines without the fuzzer, which starts from it."""
    inputs = list((Path(fuzz.__file__).parent / "corpus" / target.__name__).iterdir())
    assert inputs
    for file in inputs:
        target(file.read_bytes())


@given(st.sampled_from(list(TARGETS.values())), st.binary(max_size=200))
def test_the_targets_of_the_fuzzer_hold_for_any_bytes(target: Callable[[bytes], None], data: bytes) -> None:
    """Hypothesis asks the same questions as the fuzzer."""
    target(data)
