"""Dependencies that all sessions of a node share."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct, field

from ..access import Access, Tokens
from ..broker import EDIT_WINDOW
from ..counters import Counters
from ..limits import UNLIMITED, Rate, TokenBuckets
from ..model import NAME_MAX, TEXT_MAX
from ..moderation import GlobalLinkGeneration, RoomPasswords, address_digest
from ..protocol import HISTORY_MAX, Limits
from ..redis_link import RoomKeys
from ..room import Rooms
from .client import ClientAddress

UPLOADS = Rate(1 / 3, 20)  # of pictures, by a person on a node


class SessionLimits(Struct, frozen=True):
    """Limits for one session. `typing_every` and `edit_window` are in seconds.

    `posts` is how fast a person may post, `frames` how many frames a connection may send. `pictures` is how many a
    message may have, `picture_size` is in bytes.
    """

    text: int = TEXT_MAX
    posts_waiting: int = 32
    typing_every: float = 3.0
    edit_window: float = EDIT_WINDOW
    posts: Rate = UNLIMITED
    frames: Rate = UNLIMITED
    pictures: int = 0
    picture_size: int = 0

    def on_the_wire(self, burst: float) -> Limits:
        """The limits as the `welcome` tells them to a client that may post `burst` messages at once."""
        return Limits(
            text=self.text,
            name=NAME_MAX,
            history=HISTORY_MAX,
            posts_waiting=self.posts_waiting,
            edit_window=self.edit_window,
            post_rate=self.posts.per_second,
            post_burst=int(burst),
            frame_rate=self.frames.per_second,
            frame_burst=int(self.frames.burst),
            pictures=self.pictures,
            picture_size=self.picture_size,
        )


class ModerationServices(Struct, frozen=True):
    """Dependencies of moderation. `bars_addresses`: whether removals also bar a person's addresses. `global_links`: the
    generation of the links for all rooms, None without such links.
    """

    passwords: RoomPasswords = field(default_factory=lambda: RoomPasswords(time.monotonic))
    global_links: GlobalLinkGeneration | None = None
    bars_addresses: bool = True


class Services(Struct):
    """Dependencies of a session. `on_activity` is called when somebody joins, posts, changes a message, or asks the
    server to keep running.

    `is_up` returns whether Redis answers for a room; `tokens` is replaced when the nodes agree on another key.
    `uploads` counts the pictures of each person.
    """

    rooms: Rooms
    tokens: Tokens
    access: Access
    limits: SessionLimits
    on_activity: Callable[[], None]
    is_up: Callable[[RoomKeys], bool]
    greeting: str
    version: str
    counters: Counters = field(default_factory=Counters)
    moderation: ModerationServices = field(default_factory=ModerationServices)
    uploads: TokenBuckets = field(default_factory=lambda: TokenBuckets(UPLOADS))


def bar_digest(services: Services, address: ClientAddress) -> str:
    """The digest of the address by which moderators bar it; "" if they can't."""
    return address_digest(services.tokens.key, address.bar_key) if services.moderation.bars_addresses else ""
