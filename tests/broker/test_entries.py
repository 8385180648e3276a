"""Part of a log in memory: each message stands there once, as it is now."""

from __future__ import annotations

import json

from wschat.broker.log.entries import HOLE, Entries


def message(seq: int, rev: int = 0, text: str = "x") -> bytes:
    changed = {"rev": rev} if rev else {}
    sender = {"from": {"id": "ann", "name": "Ann"}}
    form = {"type": "message", "seq": seq, "epoch": "e", **changed, "room": "chat", "id": f"p{seq}", **sender,
            "text": text, "time": ""}  # fmt: skip
    return json.dumps(form, separators=(",", ":")).encode()


def amended(seq: int, of: int, text: str) -> bytes:
    return b'{"type":"amended","seq":%d,"epoch":"e","id":"c","message":%s}' % (seq, message(of, seq, text))


def test_a_change_changes_its_message_and_earlier_changes_of_it() -> None:
    """All of them tell the message as it is now."""
    entries = Entries([(1, message(1)), (2, amended(2, 1, "one")), (3, message(3)), (4, amended(4, 1, "two"))])
    assert entries.message(1) == message(1, 4, "two")
    assert [json.loads(entries.event(number))["message"]["text"] for number in (2, 4)] == ["two", "two"]
    assert (entries.message(2), entries.message(3), entries.event(9)) == (HOLE, message(3), HOLE)


def test_a_later_form_is_never_replaced_by_an_earlier_one() -> None:
    """Answers of Redis may come after what was published later."""
    entries = Entries([(1, message(1, 9, "later"))])
    entries.amend(1, message(1, 5, "earlier"))
    entries.put(5, amended(5, 1, "earlier"))
    assert entries.message(1) == message(1, 9, "later")


def test_changes_of_a_long_message_do_not_repeat_it_in_memory() -> None:
    """It stands there once, however often it is changed; and the sum of all bytes is right to the end."""
    entries = Entries([(1, message(1))])
    for number in range(2, 502):
        entries.put(number, amended(number, 1, "x" * 4000))
    assert entries.size < 500 * 60 + 3 * 4200
    assert len(entries) == 501
    for number in list(entries):
        entries.discard(number)
    assert (len(entries), entries.size) == (0, 0)


def test_a_change_outlives_its_message() -> None:
    """The message has left the memory; the change still tells how it is, and is told of the next change."""
    entries = Entries([(1, message(1)), (2, amended(2, 1, "one"))])
    entries.discard(1)
    entries.amend(1, message(1, 3, "two"))
    assert json.loads(entries.event(2))["message"]["text"] == "two"
    assert 1 not in entries


def test_changes_of_what_is_too_old_become_holes() -> None:
    """Their forms go with them; messages, and changes of younger ones, stay in their places."""
    events = [(1, message(1)), (2, amended(2, 1, "one")), (3, message(3)), (4, amended(4, 1, "one"))]
    entries = Entries([*events, (5, amended(5, 3, "three"))])
    entries.discard(1)
    entries.forget_changes_before(3)
    assert [entries.event(number) for number in (2, 4)] == [HOLE, HOLE]
    assert json.loads(entries.event(5))["message"]["text"] == "three"
    assert (list(entries), entries.messages) == ([2, 3, 4, 5], 1)
    for number in list(entries):
        entries.discard(number)
    assert entries.size == 0
