"""Passwords of rooms: kept as scrypt makes them, compared beside the event loop, and guessed slowly."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable

from ..delays import Delays
from ..errors import ErrorCode, Refused

KIND = "scrypt"
COST, BLOCK, PARALLEL = 2**14, 8, 1  # 16 MB and some 50 ms each (RFC 7914, 2)
AT_ONCE = 2  # comparisons on a node: what strangers make it work is bounded

logger = logging.getLogger(__name__)


def stored_password(password: str) -> str:
    """How the rules keep it: with a salt of its own."""
    salt = secrets.token_bytes(16)
    return f"{KIND}${_text(salt)}${_text(_scrypt(password, salt))}"


def is_password(password: str, stored: str) -> bool:
    """Takes as long as making it. What isn't of our form is no password's."""
    kind, *parts = stored.split("$")
    if kind != KIND or len(parts) != 2:
        return False
    try:
        salt, digest = map(base64.urlsafe_b64decode, parts)
    except ValueError:
        return False
    return hmac.compare_digest(_scrypt(password, salt), digest)


class RoomPasswords:
    """Compares words with the passwords of rooms. A wrong one makes those at that address wait, in that room."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = Delays()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def check(self, room: str, address: str, password: str, stored: str) -> None:
        """Raises Refused(password_wrong) unless `password` is the one that is `stored` for the room."""
        key = f"{room} {address}"
        async with self._turns:
            wait = self._failures.wait(key, self._clock())
            if wait:  # not even looked at: otherwise guessing would go on during the delay
                raise _wrong("wait before trying again", wait)
            if await asyncio.to_thread(is_password, password, stored):
                self._failures.forget(key)
                return
            delay = self._failures.failed(key, self._clock())
        logger.warning("Rejected a wrong password", extra={"address": address, "room": room})
        raise _wrong("wrong password", delay)


def _wrong(detail: str, wait: float) -> Refused:
    return Refused(ErrorCode.PASSWORD_WRONG, detail, retry_after=wait, scope="room")


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(errors="surrogatepass"), salt=salt, n=COST, r=BLOCK, p=PARALLEL, dklen=32)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
