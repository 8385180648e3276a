"""Encodes events, and everything else that the chat writes as JSON, as bytes."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from msgspec import Raw

from ..errors import Refused
from .events import Error, Pong

_encoder = msgspec.json.Encoder()
encode = _encoder.encode
PONG = encode(Pong())


def error_event(refused: Refused, **answers: str) -> Error:
    """The `error` event for a refusal; `answers` is the `id` or `ref` of the command."""
    facts: dict[str, Any] = {**answers, **refused.facts}
    if "retry_after" in facts:
        facts["retry_after"] = _rounded_up(facts["retry_after"])
    return Error(refused.code, detail=refused.detail, **facts)


def _rounded_up(seconds: float) -> float:
    """`seconds` rounded up to tenths, so that a client that waits that long isn't refused again. Rounding errors don't
    count: 0.1 + 0.2 is 0.3.
    """
    return max(1, math.ceil(round(seconds * 10, 5))) / 10


def raw_array(items: list[bytes]) -> Raw:
    """Encoded items as one encoded array."""
    return Raw(b"[" + b",".join(items) + b"]")
