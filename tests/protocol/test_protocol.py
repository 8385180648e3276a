"""The wire in types: what is understood, what is refused, and how events look as bytes."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wschat.errors import ErrorCode, Refused
from wschat.model import Person, Position
from wschat.protocol import (
    Ack,
    AnyCommand,
    Error,
    Hello,
    History,
    MessageBody,
    Notice,
    NoticeCode,
    OutsideFrom,
    OutsideMessage,
    People,
    Ping,
    Post,
    Rename,
    Resume,
    Stay,
    Typing,
    encode,
    error_event,
    event_position,
    raw_array,
    read_command,
    read_outside,
    read_signal,
)


def refusal(data: bytes | str | dict[str, Any]) -> Refused:
    if isinstance(data, dict):
        data = json.dumps(data)
    with pytest.raises(Refused) as caught:
        read_command(data.encode() if isinstance(data, str) else data)
    return caught.value


# --- commands ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "command"),
    [
        ({"type": "hello", "name": "Аня"}, Hello("Аня", "chat", None, None, 50, None, None)),
        (
            {"type": "hello", "name": "a", "room": "r", "resume": {"epoch": "e", "seq": 0}, "history": 200},
            Hello("a", "r", resume=Resume("e", 0), history=200),
        ),
        ({"type": "post", "id": "A-z_0", "text": "x"}, Post("A-z_0", "x")),
        ({"type": "typing"}, Typing()),
        ({"type": "rename", "name": "b"}, Rename("b", "")),
        ({"type": "history", "before": 7, "ref": "я"}, History(7, "я", 50)),
        ({"type": "people"}, People("", "", 0, 200)),
        ({"type": "stay"}, Stay()),
        ({"type": "ping"}, Ping()),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_each_command_is_understood_with_its_defaults(sent: dict[str, Any], command: AnyCommand) -> None:
    """As docs/protocol.md has them."""
    assert read_command(json.dumps(sent).encode()) == command


def test_unknown_fields_are_ignored() -> None:
    """A newer client may say more than we know."""
    assert read_command(b'{"type":"ping","colour":{"a":[1]}}') == Ping()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"hello", b'{"type":"ping"', b"[]", b"5", b'"ping"', b"null", b"[" * 5000, b'{"type":"\xff"}']
)
def test_what_is_not_a_json_object_is_refused_as_such(data: bytes) -> None:
    """The code is bad_json, however deep the input is."""
    assert refusal(data).code is ErrorCode.BAD_JSON


def test_a_post_with_a_lone_surrogate_is_refused_for_its_text() -> None:
    """The code is text_invalid, with the post's id, so that a client stops retrying; other input is bad_json."""
    refused = refusal({"type": "post", "id": "p1", "text": "a\ud800b"})
    assert (refused.code, refused.facts) == (ErrorCode.TEXT_INVALID, {"id": "p1"})
    assert refusal({"type": "post", "id": "\ud800", "text": "a"}).code is ErrorCode.BAD_JSON
    assert refusal({"type": "post", "id": 5, "text": "\ud800"}).code is not ErrorCode.INTERNAL
    assert refusal({"type": "hello", "name": "\ud800"}).code is ErrorCode.BAD_JSON


def test_a_command_that_does_not_exist_is_named() -> None:
    """The code is unknown_command, without a megabyte of its name."""
    refused = refusal({"type": "x" * 1000})
    assert refused.code is ErrorCode.UNKNOWN_COMMAND
    assert len(refused.detail) < 100


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "type"),
        ({"type": 5}, "type"),
        ({"type": "hello"}, "name"),
        ({"type": "hello", "name": 5}, "name"),
        ({"type": "hello", "name": "a", "room": None}, "room"),
        ({"type": "hello", "name": "a", "history": 201}, "history"),
        ({"type": "hello", "name": "a", "history": -1}, "history"),
        ({"type": "hello", "name": "a", "history": "50"}, "history"),
        ({"type": "hello", "name": "a", "resume": {"epoch": "e"}}, "seq"),
        ({"type": "hello", "name": "a", "resume": {"epoch": "e", "seq": 2**54}}, "seq"),
        ({"type": "hello", "name": "a", "resume": {"epoch": "e", "seq": 1.5}}, "seq"),
        ({"type": "hello", "name": "a", "token": "x" * 1025}, "token"),
        ({"type": "post", "text": "x"}, "id"),
        ({"type": "post", "id": "a b", "text": "x"}, "id"),
        ({"type": "post", "id": "a\n", "text": "x"}, "id"),
        ({"type": "post", "id": "я", "text": "x"}, "id"),
        ({"type": "post", "id": "", "text": "x"}, "id"),
        ({"type": "post", "id": "x" * 65, "text": "x"}, "id"),
        ({"type": "post", "id": "a", "text": ["x"]}, "text"),
        ({"type": "rename", "name": "a", "ref": "x" * 65}, "ref"),
        ({"type": "history"}, "before"),
        ({"type": "history", "before": 0}, "before"),
        ({"type": "history", "before": 5, "limit": 0}, "limit"),
        ({"type": "people", "offset": -1}, "offset"),
        ({"type": "people", "limit": 201}, "limit"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
)
def test_a_field_that_is_missing_or_wrong_is_named(sent: dict[str, Any], field: str) -> None:
    """The code is bad_field, with the field in `detail`."""
    refused = refusal(sent)
    assert refused.code is ErrorCode.BAD_FIELD
    assert field in refused.detail


def test_the_answer_to_a_wrong_command_carries_its_id_or_ref() -> None:
    """So that a client knows which of its commands is meant."""
    assert refusal({"type": "post", "id": "p1", "text": 5}).facts == {"id": "p1"}
    assert refusal({"type": "history", "ref": "r1"}).facts == {"ref": "r1"}
    assert refusal({"type": "history", "ref": "x" * 65}).facts == {}
    assert refusal({"type": "post", "id": 5, "text": 5}).facts == {}


def test_the_answer_to_a_command_that_does_not_exist_carries_its_id_or_ref() -> None:
    """A client newer than this server learns which of its commands it can't have."""
    assert refusal({"type": "fly", "ref": "r1"}).facts == {"ref": "r1"}
    assert refusal({"type": "fly", "id": "p1"}).facts == {"id": "p1"}
    assert refusal({"type": "fly", "ref": "x" * 65}).facts == {}
    assert refusal({"type": "fly", "ref": 5}).facts == {}


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@example(b'{"type":"nope","id":"\xff"}')
@example(b'{"type":"edit","seq":"\xff","ref":"\xff"}')
@example(b'{"type":"nope","id":' + b"[" * 5000)
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    """Nothing but Refused comes out."""
    with contextlib.suppress(Refused):
        read_command(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(
    ["name", "room", "token", "resume", "history", "id", "text", "ref", "before", "limit", "query", "offset"]
)
kinds = (
    st.sampled_from(["hello", "post", "typing", "rename", "history", "people", "stay", "ping", "nothing"]) | json_values
)


@given(kinds, st.dictionaries(fields, json_values))
def test_no_values_of_known_fields_do_more_than_be_refused(kind: object, values: dict[str, object]) -> None:
    """The same, but deeper in."""
    try:
        read_command(json.dumps({"type": kind, **values}).encode())
    except Refused as refused:
        error_event(refused)  # and the refusal can always be told


# --- events ------------------------------------------------------------------


def test_events_leave_out_what_is_at_its_default() -> None:
    """Every byte goes to every client."""
    assert encode(Ack("p", 7)) == b'{"type":"ack","id":"p","seq":7}'
    assert encode(Notice(NoticeCode.ACTIVE)) == b'{"type":"notice","code":"active"}'
    assert encode(Error(ErrorCode.BUSY)) == b'{"type":"error","code":"busy"}'


def test_a_refusal_becomes_an_error_event_with_its_facts() -> None:
    """Seconds to one decimal: nobody waits 0.30000000000000004 s."""
    refused = Refused(ErrorCode.RATE_LIMITED, "too fast", retry_after=0.1 + 0.2)
    event = json.loads(encode(error_event(refused, id="p")))
    assert event == {"type": "error", "code": "rate_limited", "id": "p", "retry_after": 0.3, "detail": "too fast"}


def test_an_array_of_encoded_things_is_not_encoded_again() -> None:
    """A page of history is the bytes from the log, with commas."""
    assert bytes(raw_array([])) == b"[]"
    assert bytes(raw_array([b'{"a":1}', b"2"])) == b'[{"a":1},2]'


# --- messages on their way through Redis --------------------------------------

BODY = encode(MessageBody(room="chat", id="p1", sender=Person("ann", "Аня"), text="x", time="2026-11-23T12:00:00.000Z"))


def published(seq: int, epoch: str) -> bytes:
    """As the script in Redis makes it of a body."""
    return b'{"type":"message","seq":%d,"epoch":"%s",' % (seq, epoch.encode()) + BODY[1:]


def test_the_position_is_read_off_the_bytes() -> None:
    """Without decoding the message: every node does it for every message."""
    data = published(12345, "e-_1")
    assert event_position(data) == Position("e-_1", 12345)
    assert json.loads(data)["seq"] == 12345


@pytest.mark.parametrize(
    "data",
    [b"", "Привет".encode(), b'{"text":"x"}', b'{"type":"message","seq":', b'{"type":"message","seq":1',
     b'{"type":"message","seq":x,"epoch":"e"}', b'{"type":"message","seq":1,"epoch":"e', b"\xff\xfe"],
)  # fmt: skip
def test_what_others_publish_has_no_position(data: bytes) -> None:
    """It is from outside, or nothing."""
    assert event_position(data) is None


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        ("Привет".encode(), "", "Привет"),
        (b'{"text":"x","name":"Bot"}', "Bot", "x"),
        (b'{"text":"x"}', "", "x"),
        (b'{"text":"x","more":[1]}', "", "x"),
        (b"42", "", "42"),
        (b'{"name":"no text"}', "", '{"name":"no text"}'),
        (b'{"text":5}', "", '{"text":5}'),
        (b"[" * 3000, "", "[" * 3000),
        (b"", "", ""),
    ],
)
def test_a_program_may_publish_text_or_json_with_text_and_name(data: bytes, name: str, text: str) -> None:
    """Any payload that isn't such JSON is taken as plain text."""
    assert read_outside(data) == (name, text)


def test_what_is_no_text_at_all_is_not_heard() -> None:
    """Bytes that aren't UTF-8."""
    assert read_outside(b"\xff\xfe") is None


def test_a_message_from_outside_says_so() -> None:
    """It has no number, no epoch and no id."""
    event = json.loads(encode(OutsideMessage(room="chat", sender=OutsideFrom("Bot"), text="x", time="t")))
    assert event == {"type": "message", "room": "chat", "from": {"name": "Bot"}, "text": "x", "time": "t",
                     "outside": True}  # fmt: skip


def test_a_signal_between_nodes_may_leave_out_what_is_empty() -> None:
    """The scripts in Redis name only what there is; lists of two signals are never the same list."""
    first, second = read_signal(b'{"version":3}'), read_signal(b'{"leaving":["ann"]}')
    first.joined.append(Person("a", "A"))
    assert (first.version, second.leaving, second.joined) == (3, ["ann"], [])


def test_a_signal_that_is_none_is_refused() -> None:
    """A ValueError, which its reader expects."""
    assert issubclass(msgspec.DecodeError, ValueError)
    for data in (b"", b"[]", b'{"version":"3"}', b"\xff"):
        with pytest.raises(ValueError, match="."):
            read_signal(data)
