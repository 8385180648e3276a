"""Passwords of rooms: stored as scrypt hashes, compared outside the event loop, with a delay after wrong guesses."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ..concurrency import Group, Semaphore
from ..errors import ErrorCode, Refused
from ..limits import Delays

KIND = "scrypt"
COST, BLOCK, PARALLEL = 2**14, 8, 1  # 16 MB and some 50 ms each (RFC 7914, 2)
AT_ONCE = 2  # comparisons on a node: bounds the work that strangers can cause
FAILED_RETRY = 5.0  # s after which a client may try again if the comparison itself failed
MAKING = ThreadPoolExecutor(1, "password")  # so that setting passwords doesn't delay comparisons

logger = logging.getLogger(__name__)


def stored_password(password: str) -> str:
    """The stored form of a password, for the rules: its scrypt hash, with a salt of its own. Takes some 50 ms."""
    salt = secrets.token_bytes(16)
    return f"{KIND}${_text(salt)}${_text(_scrypt(password, salt))}"


async def made_password(password: str) -> str:
    """The stored form of a password, made in a thread; a node makes one at a time."""
    return await asyncio.get_running_loop().run_in_executor(MAKING, stored_password, password)


def is_password(password: str, stored: str) -> bool:
    """Whether it is the password in `stored`; False if that is malformed. Takes as long as `stored_password`."""
    kind, *parts = stored.split("$")
    if kind != KIND or len(parts) != 2:
        return False
    try:
        salt, digest = map(base64.urlsafe_b64decode, parts)
    except ValueError:
        return False
    return hmac.compare_digest(_scrypt(password, salt), digest)


class RoomPasswords:
    """Checks the passwords of rooms. After a wrong one, its address must wait before the next try in that room.

    A comparison that has begun ends, and counts, even if its client is gone: a thread can't be stopped.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = Delays()
        self._turns = _Turns()
        self._tasks = Group()

    async def check(self, room: str, address: str, password: str, stored: str) -> None:
        """Check `password` against the one `stored` for the room.

        Raises Refused: password_wrong if it is another one, or the address must wait; unavailable if comparing failed.
        """
        key = f"{room} {address}"
        self._check_delay(key)
        await self._turns.take(address, self._failures.count(key))
        try:
            self._check_delay(key)  # somebody else at the address may have failed meanwhile
        except Refused:
            self._turns.give_back()
            raise
        delay: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._tasks.spawn(self._compare(key, password, stored, delay), on_failure=partial(_fail, delay))
        if await delay:
            logger.warning("Rejected a wrong password", extra={"address": address, "room": room})
            raise _wrong("wrong password", delay.result())

    def _check_delay(self, key: str) -> None:
        """Raise Refused(password_wrong) if the address must still wait: the password isn't even compared then, since
        guessing would go on otherwise.
        """
        wait = self._failures.wait(key, self._clock())
        if wait:
            raise _wrong("wait before trying again", wait)

    async def _compare(self, key: str, password: str, stored: str, delay: asyncio.Future[float]) -> None:
        """Set `delay` to the seconds that the address must wait, 0.0: the password is right. Gives back the turn."""
        try:
            is_right = await asyncio.to_thread(is_password, password, stored)
        finally:
            self._turns.give_back()
        if is_right:
            self._failures.forget(key)
        seconds = 0.0 if is_right else self._failures.failed(key, self._clock())
        if not delay.done():
            delay.set_result(seconds)


class _Turns:
    """Turns for comparisons, AT_ONCE at a time. The next is the one with the fewest failures plus comparisons that were
    waiting for its address. So a newcomer doesn't wait behind guessers.
    """

    def __init__(self) -> None:
        self._turns = Semaphore(AT_ONCE)
        self._waiting: Counter[str] = Counter()  # of each address

    async def take(self, address: str, failures: int) -> None:
        rank = failures + self._waiting[address]
        self._waiting[address] += 1
        try:
            await self._turns.acquire(rank)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    def give_back(self) -> None:
        self._turns.release()


def _fail(delay: asyncio.Future[float]) -> None:
    """Refuse, since the comparison itself has failed, for lack of memory or threads, as the log explains."""
    if not delay.done():
        problem = "the password could not be compared"
        delay.set_exception(Refused(ErrorCode.UNAVAILABLE, problem, retry_after=FAILED_RETRY))


def _wrong(detail: str, wait: float) -> Refused:
    return Refused(ErrorCode.PASSWORD_WRONG, detail, retry_after=wait, scope="room")


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(errors="surrogatepass"), salt=salt, n=COST, r=BLOCK, p=PARALLEL, dklen=32)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
