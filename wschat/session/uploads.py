"""Pictures in a session: permission to upload one, and the uploaded ones of a post."""

from __future__ import annotations

from time import monotonic

from ..access import new_ticket, read_receipt
from ..broker import Sender
from ..errors import ErrorCode, Refused
from ..protocol import Picture, refusal
from .standing import Standing
from .visit import Visit


def new_upload(visit: Visit, standing: Standing) -> str:
    """A ticket for one upload. Raises Refused: whoever may not post now may not upload, either."""
    services, person = visit.services, visit.person.id
    if not services.limits.pictures:
        raise Refused(ErrorCode.NOT_ALLOWED, "this server takes no pictures")
    muted = standing.muted
    if muted is not None:
        raise refusal(ErrorCode.MUTED, muted)
    if visit.room.rules.current.read_only and not standing.role:
        raise refusal(ErrorCode.READ_ONLY)
    wait = services.uploads.take(person, monotonic())
    if wait:
        raise Refused(ErrorCode.RATE_LIMITED, "too many uploads", retry_after=wait)
    return new_ticket(services.tokens.key, visit.room.name, visit.room.feed.log.epoch, person)


def uploaded(visit: Visit, receipts: tuple[str, ...]) -> tuple[Picture, ...] | None:
    """The pictures that the person has uploaded in this room, by their receipts; None if one of these isn't valid,
    or two are of one picture.
    """
    services, room, pictures = visit.services, visit.room, dict[str, Picture]()
    here = (room.name, room.feed.log.epoch, visit.person.id)
    for token in receipts if services.limits.pictures else ():
        receipt = read_receipt(services.tokens.key, token)
        if receipt is not None and receipt[:3] == here:
            pictures[receipt.picture.id] = receipt.picture
    return tuple(pictures.values()) if len(pictures) == len(receipts) else None


class RetrySender:
    """Sends a post whose receipts aren't valid (any more), only to be looked up (ONLY_IF_STORED): it may be a retry of
    one that is stored, which must be acknowledged. `sender` receives the outcome.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def on_stored(self, acks: list[tuple[str, int]], repeats: int) -> None:
        self._sender.on_stored(acks, repeats)

    def on_refused(self, post: str, refused: Refused) -> None:
        if refused.code is ErrorCode.RATE_LIMITED:  # as what isn't stored is answered
            refused = Refused(ErrorCode.PICTURE_INVALID, "the receipt of a picture is invalid or has expired")
        self._sender.on_refused(post, refused)
