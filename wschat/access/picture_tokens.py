"""The signed tokens of pictures: a ticket permits one upload, a receipt puts an uploaded picture into a post.

Both are for one person in one epoch of a room, and signed with the key of `tokens`, each with a salt of its own.
"""

from __future__ import annotations

import hashlib
from traceback import clear_frames
from typing import NamedTuple, TypeVar

import msgspec
from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from ..model import random_id
from ..protocol import Picture, encode, read

TICKET_SALT = b"wschat.picture.ticket"
RECEIPT_SALT = b"wschat.picture.receipt"
TICKET_VALID = 300  # s
RECEIPT_VALID = 24 * 3600  # s: what is older and in no message is swept up (docs/architecture.md)

T = TypeVar("T")


class Ticket(NamedTuple):
    """Permission for one upload. `id` tells it from the person's others."""

    id: str
    room: str
    epoch: str
    person: str


class Receipt(NamedTuple):
    """A picture that a person has uploaded in a room, for a post there. When another epoch begins, the room may have
    been cleared, and the picture deleted.
    """

    room: str
    epoch: str
    person: str
    picture: Picture


def new_ticket(key: bytes, room: str, epoch: str, person: str) -> str:
    """A ticket for the person, signed."""
    return _sign(key, TICKET_SALT, Ticket(random_id(9), room, epoch, person))


def read_ticket(key: bytes, token: str) -> Ticket | None:
    """Read a ticket; None if it isn't signed with this key, or has expired."""
    return _read(key, TICKET_SALT, token, TICKET_VALID, Ticket)


def sign_receipt(key: bytes, receipt: Receipt) -> str:
    return _sign(key, RECEIPT_SALT, receipt)


def read_receipt(key: bytes, token: str) -> Receipt | None:
    """Read a receipt; None if it isn't signed with this key, or has expired."""
    return _read(key, RECEIPT_SALT, token, RECEIPT_VALID, Receipt)


def _sign(key: bytes, salt: bytes, content: Ticket | Receipt) -> str:
    return _signer(key, salt).sign(base64_encode(encode(content))).decode()


def _read(key: bytes, salt: bytes, token: str, valid: int, kind: type[T]) -> T | None:
    try:
        return read(base64_decode(_signer(key, salt).unsign(token, max_age=valid)), kind)
    except (BadData, msgspec.DecodeError, UnicodeError) as problem:
        clear_frames(problem.__traceback__)  # as in tokens.py
        return None


def _signer(key: bytes, salt: bytes) -> TimestampSigner:
    return TimestampSigner(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
