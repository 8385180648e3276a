"""Passwords of rooms: what a guess costs whoever makes it, and what it costs those who know the password."""

from __future__ import annotations

import asyncio
import threading

import pytest
from redis.asyncio import Redis

from wschat.errors import ErrorCode, Refused
from wschat.moderation import RoomPasswords, passwords
from wschat.moderation.acts import PASSWORDS

from ..support import Nodes, join
from ..support.client import PATIENCE, visit
from ..support.moderation import act, moderator, refused_act


class Comparing:
    """In the place of scrypt: each comparison ends when `go` is set. `compared`: what was looked at, in that order."""

    def __init__(self) -> None:
        self.compared: list[str] = []
        self.running = self.most = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, password: str, stored: str) -> bool:
        with self._lock:
            self.compared.append(password)
            self.running += 1
            self.most = max(self.most, self.running)
        self.go.wait(10)
        with self._lock:
            self.running -= 1
        return password == stored


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> Comparing:
    compare = Comparing()
    monkeypatch.setattr(passwords, "is_password", compare)
    return compare


async def outcome(room: RoomPasswords, address: str, password: str) -> Refused | None:
    try:
        await room.check("chat", address, password, "right")
    except Refused as refused:
        return refused
    return None


async def begun(comparing: Comparing, count: int) -> None:
    while len(comparing.compared) < count:
        await asyncio.sleep(0.01)


async def broken_off(*guesses: asyncio.Task[Refused | None]) -> None:
    for guess in guesses:
        guess.cancel()
    await asyncio.gather(*guesses, return_exceptions=True)


async def test_a_guess_that_is_broken_off_counts(comparing: Comparing) -> None:
    """Its address waits as for any other wrong one: the comparison goes on without whoever asked for it."""
    room = RoomPasswords(lambda: 0.0)
    guess = asyncio.create_task(outcome(room, "a", "wrong"))
    await begun(comparing, 1)
    await broken_off(guess)
    comparing.go.set()
    await asyncio.wait_for(room._tasks.wait(), PATIENCE)
    again = await outcome(room, "a", "right")
    assert again is not None
    assert (again.code, again.facts["retry_after"]) == (ErrorCode.PASSWORD_WRONG, 1.0)
    assert comparing.compared == ["wrong"]


async def test_a_comparison_that_fails_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked may try again soon; it counts as no guess, and its turn is given back."""

    def fail(*_: str) -> bool:
        raise MemoryError

    room = RoomPasswords(lambda: 0.0)
    with monkeypatch.context() as broken:
        broken.setattr(passwords, "is_password", fail)
        for _ in range(passwords.AT_ONCE + 1):
            refused = await asyncio.wait_for(outcome(room, "a", "right"), PATIENCE)
            assert refused is not None
            assert (refused.code, refused.facts["retry_after"]) == (ErrorCode.UNAVAILABLE, passwords.FAILED_RETRY)
    monkeypatch.setattr(passwords, "is_password", str.__eq__)
    assert await outcome(room, "a", "right") is None


async def test_guesses_that_are_broken_off_keep_their_turns(comparing: Comparing) -> None:
    """No more are compared at once than a node has turns, however many connections are dropped meanwhile."""
    room = RoomPasswords(lambda: 0.0)
    guesses = [asyncio.create_task(outcome(room, f"a{number}", "wrong")) for number in range(20)]
    await begun(comparing, passwords.AT_ONCE)
    await broken_off(*guesses)
    late = asyncio.create_task(outcome(room, "b", "right"))
    await asyncio.sleep(0.05)
    comparing.go.set()
    assert await asyncio.wait_for(late, PATIENCE) is None
    assert comparing.most == passwords.AT_ONCE
    assert comparing.compared == ["wrong"] * passwords.AT_ONCE + ["right"]


async def test_a_newcomer_does_not_wait_behind_those_who_guess(comparing: Comparing) -> None:
    """Neither behind addresses that have failed before, nor behind many connections of one address."""
    now = [0.0]
    room = RoomPasswords(lambda: now[0])
    comparing.go.set()
    for number in range(10):
        await outcome(room, f"a{number}", "wrong")
    comparing.go.clear()
    comparing.compared.clear()
    now[0] = 10.0
    guesses = [asyncio.create_task(outcome(room, f"a{number}", "wrong")) for number in range(10)]
    many = [asyncio.create_task(outcome(room, "c", "wrong")) for _ in range(10)]
    await begun(comparing, passwords.AT_ONCE)
    newcomer = asyncio.create_task(outcome(room, "b", "right"))
    await asyncio.sleep(0.05)
    comparing.go.set()
    assert await asyncio.wait_for(newcomer, PATIENCE) is None
    await asyncio.gather(*guesses, *many)
    assert comparing.compared.index("right") <= passwords.AT_ONCE + 1  # the first of each address comes before


async def test_a_room_stays_while_a_password_is_compared(node: Nodes, redis: Redis, comparing: Comparing) -> None:
    """Others may hold up the comparison for longer than an empty room is followed: whoever comes hears the room."""
    await redis.hset("{chat:den}:rules", mapping={"version": 1, "password": "right"})
    rooms = node.nodes[0].rooms
    rooms._linger = 0.0
    ann, bob = [await visit(node.ws(), name) for name in ("Ann", "Bob")]
    for client, password in ((ann, "right"), (bob, "wrong")):
        await client.send("hello", name=client.name, room="den", room_password=password)
    await begun(comparing, 2)
    await rooms.forget_unused()
    assert rooms.session_count == 2
    rooms.open("den").moderation.on_rules()  # they aren't for those who may not know the password
    comparing.go.set()
    await ann.gets("welcome")
    await bob.gets("error", code="password_wrong")
    assert "rules" not in [event["type"] for event in (*ann.events, *bob.events)]
    assert rooms.session_count == 1
    await ann.posts("hello")
    await ann.hears("hello")


async def test_a_room_gets_few_passwords_at_once(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tabs have its link: each costs as much as a guess, so those beyond the pace aren't even made."""
    made: list[str] = []

    def stored(password: str) -> str:
        made.append(password)
        return "scrypt$$"

    monkeypatch.setattr(passwords, "stored_password", stored)
    tabs = [await moderator(node, name=f"Mia {number}") for number in range(3)]
    for number in range(int(PASSWORDS.burst)):
        await act(tabs[0], "password", text=f"word {number}")
    for tab in tabs:
        refused = await refused_act(tab, "password", text="another")
        assert (refused["code"], 0 < refused["retry_after"] <= PASSWORDS.interval) == ("rate_limited", True)
    assert made == [f"word {number}" for number in range(int(PASSWORDS.burst))]
    await act(tabs[1], "password", text="")
    await join(node.ws(), "Ann")
