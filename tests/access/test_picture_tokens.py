"""Tickets and receipts of pictures: what is signed, for whom, and for how long."""

from __future__ import annotations

import time

import pytest

from wschat.access.picture_tokens import (
    RECEIPT_VALID,
    TICKET_VALID,
    Receipt,
    Ticket,
    new_ticket,
    read_receipt,
    read_ticket,
    sign_receipt,
)
from wschat.protocol import Picture

KEY = b"key"
RECEIPT = Receipt("кухня", "e1", "ann", Picture("i" * 22, 800, 600))


def test_a_ticket_and_a_receipt_are_read_as_they_were_signed() -> None:
    """On every node with this key. No two tickets are the same."""
    ticket = read_ticket(KEY, new_ticket(KEY, "кухня", "e1", "ann"))
    assert ticket is not None
    assert ticket == Ticket(ticket.id, "кухня", "e1", "ann")
    other = read_ticket(KEY, new_ticket(KEY, "кухня", "e1", "ann"))
    assert other is not None
    assert other.id != ticket.id
    assert read_receipt(KEY, sign_receipt(KEY, RECEIPT)) == RECEIPT


def test_one_is_not_taken_for_the_other() -> None:
    """Nor is anything that was signed with another key, or changed, or never signed."""
    ticket, receipt = new_ticket(KEY, "chat", "e1", "ann"), sign_receipt(KEY, RECEIPT)
    assert read_ticket(KEY, receipt) is None
    assert read_receipt(KEY, ticket) is None
    for token in (ticket, "A" + ticket[1:], ticket[:-1], "", "x", "a.b.c", "\ud800", "я.я.я"):
        assert read_ticket(b"other", token) is None
        assert token == ticket or read_ticket(KEY, token) is None


@pytest.mark.parametrize(("valid", "is_receipt"), [(TICKET_VALID, False), (RECEIPT_VALID, True)])
def test_both_expire(monkeypatch: pytest.MonkeyPatch, valid: int, is_receipt: bool) -> None:
    """A ticket after five minutes, a receipt after a day."""
    ticket, receipt, now = new_ticket(KEY, "chat", "e1", "ann"), sign_receipt(KEY, RECEIPT), time.time()

    def is_valid(seconds: float) -> bool:
        monkeypatch.setattr("time.time", lambda: now + seconds)
        return (read_receipt(KEY, receipt) if is_receipt else read_ticket(KEY, ticket)) is not None

    assert is_valid(valid - 2)
    assert not is_valid(valid + 2)
