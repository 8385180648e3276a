"""Why a person may not post, edit or react, in the form of restrictions.lua: `muted:600000`, in ms."""

from __future__ import annotations

from ..errors import ErrorCode, Refused

DETAILS = {
    ErrorCode.BARRED: "a moderator has removed you",
    ErrorCode.MUTED: "a moderator has muted you",
    ErrorCode.READ_ONLY: "only moderators may write here",
    ErrorCode.PICTURE_INVALID: "a picture is in another message already",
    ErrorCode.SLOW: "slow mode: your last message is too recent",
}


def restriction(answer: bytes) -> Refused:
    """The refusal for a restriction that a script has returned."""
    code, _, left = answer.decode().partition(":")
    return refusal(ErrorCode(code), float(left) / 1000)


def refusal(code: ErrorCode, seconds: float = 0.0) -> Refused:
    """The refusal because of a restriction that ends after `seconds`; 0: it doesn't end on its own."""
    facts = {"retry_after": seconds} if seconds else {}
    return Refused(code, DETAILS[code], **facts)
