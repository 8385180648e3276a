"""A room without the web around it: for tests of the log, the feed, the publisher and presence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from wschat.broker import Feed, PostRates, Publisher, RoomPoller
from wschat.concurrency import Group
from wschat.errors import Refused
from wschat.model import Person
from wschat.moderation import NO_AUTHORITY, Authority
from wschat.presence import NO_CLAIM, Claim, Entered, Leases, LeaseTimes, Presence, Renewer
from wschat.redis_link import RedisLink
from wschat.room import Room, Rooms, RoomServices

from .client import PATIENCE
from .recording import RecordingMember

ANN = Person("ann", "Ann")
# Long enough for a busy machine to renew in time.
SHORT_TIMES = LeaseTimes(lease=1.0, renewal=0.2, grace=0.3, tick=0.05)


class RecordingSender:
    """Posts, and keeps what became of it."""

    def __init__(self) -> None:
        self.acks: list[tuple[str, int]] = []
        self.repeats = 0
        self.refused: dict[str, Refused] = {}

    def on_stored(self, acks: list[tuple[str, int]], repeats: int) -> None:
        self.acks.extend(acks)
        self.repeats += repeats

    def on_refused(self, post: str, refused: Refused) -> None:
        self.refused[post] = refused


class RecordingOccupant:
    """A session of `person` that keeps whether its name was free: None while Redis hasn't answered."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.member = RecordingMember()
        self.is_in: bool | None = None
        self.refused: Refused | None = None
        self.entered: Entered | None = None
        self.removed: Refused | None = None
        self.muted: list[float | None] = []
        self.has_lost_role = False
        self.has_failed = False

    def is_revoked(self, authority: Authority) -> bool:
        return False

    def on_entered(self, entered: Entered) -> None:
        self.is_in = True
        self.entered = entered

    def on_not_entered(self, refused: Refused) -> None:
        self.is_in = False
        self.refused = refused

    def on_renamed(self, person: Person) -> None:
        self.person = person

    def on_removed(self, refused: Refused) -> None:
        self.removed = refused

    def on_muted(self, seconds: float | None) -> None:
        self.muted.append(seconds)

    def on_role_lost(self) -> None:
        self.has_lost_role = True

    def on_failure(self) -> None:
        self.has_failed = True


class LocalNode:
    """The rooms of a node with everything under them, and nothing above."""

    def __init__(
        self, link: RedisLink, *, keep: int = 10_000, rates: PostRates | None = None, times: LeaseTimes | None = None,
        linger: float = 0.0,
    ) -> None:  # fmt: skip
        self.link = link
        self.delivered = 0
        self.publisher = Publisher(link, keep=keep, clock=lambda: 0.0, rates=rates or PostRates())
        times = times or LeaseTimes()
        self.leases = Leases(link, times)
        self.renewer = Renewer(self.leases, times)
        services = RoomServices(link, self.publisher, self.leases, self.renewer, Group(), lambda: 0.0, self._count)
        self.rooms = Rooms(services, linger=linger)
        self.poller = RoomPoller(link, lambda: self.rooms)
        self.sender = RecordingSender()

    async def start(self) -> LocalNode:
        self.publisher.start()
        self.poller.start()
        self.renewer.start()
        await self.feed.loaded()
        return self

    async def stop(self) -> None:
        await self.renewer.stop()
        await self.poller.stop()
        await self.publisher.stop()
        await self.rooms.stop()

    @property
    def room(self) -> Room:
        """The main room."""
        return self.rooms.open("chat")

    @property
    def feed(self) -> Feed:
        return self.room.feed

    @property
    def presence(self) -> Presence:
        return self.room.presence

    # -- messages ------------------------------------------------------------------

    def listen(self) -> RecordingMember:
        """Somebody in the audience."""
        member = RecordingMember()
        self.room.audience.add(member)
        return member

    def post(
        self, post_id: str, text: str = "x", sender: RecordingSender | None = None, person: Person = ANN,
        share: float = 0.0,
    ) -> None:  # fmt: skip
        self.publisher.post("chat", person, post_id, text, sender or self.sender, share=share)

    async def fill(self, count: int, *, size: int = 1) -> None:
        """Post so many messages, `m1`, `m2` and so on, and wait until they are delivered here."""
        start = self.feed.log.seq
        for number in range(start + 1, start + count + 1):
            self.post(f"p{number}", f"m{number}".ljust(size, "."))
        await until(lambda: self.feed.log.seq == start + count)

    # -- people --------------------------------------------------------------------

    async def enter(
        self, person: Person, room: str = "chat", claim: Claim = NO_CLAIM, authority: Authority = NO_AUTHORITY
    ) -> RecordingOccupant:
        """A session of this person enters, or is refused."""
        occupant = RecordingOccupant(person)
        self.rooms.open(room).enter(occupant, person, claim, authority)
        await until(lambda: occupant.is_in is not None)
        return occupant

    def names(self, room: str = "chat") -> list[str]:
        """The names of the people in the room, as this node lists them."""
        return sorted(person.name for person in self.rooms.open(room).presence.roster.people.values())

    def _count(self) -> None:
        self.delivered += 1


async def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for it; `true` may be a coroutine function."""
    end = asyncio.get_running_loop().time() + seconds
    while not (await found if isinstance(found := true(), Awaitable) else found):
        assert asyncio.get_running_loop().time() < end, "it didn't come true"
        await asyncio.sleep(0.005)


def seqs(messages: list[bytes]) -> list[int]:
    return [json.loads(message)["seq"] for message in messages]
