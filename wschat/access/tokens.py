"""Tokens, which make a client the same person again after it reconnects.

A token contains the person's public id, the time it was made and a signature over both. It is no secret from its
owner; knowing the id doesn't help to make one. Changing the key revokes every token.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from functools import lru_cache
from traceback import clear_frames

from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_encode, int_to_bytes
from itsdangerous.signer import SigningAlgorithm

from ..model import ID_PATTERN, id_of, random_id

SALT = b"wschat.person"
SUBJECT_SALT = b"wschat.subject:"
SECRET_SALT = b"wschat.secret:"
CACHED = 256  # tokens: a join reads its own three or four times
SHARED_KEY = re.compile(rb"(?:(\d{1,9}):)?(\d{13})\.")


def new_key() -> str:
    """A key to sign tokens with: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_shared_key(now: float, rotation: int = 0) -> bytes:
    """A key for all nodes of one Redis, made at `now` (s since 1970); `rotation` counts how often it was replaced."""
    made = f"{int(now * 1000)}.{new_key()}"
    return (f"{rotation}:{made}" if rotation else made).encode()


def key_made(key: bytes) -> int:
    """When a shared key was made, in ms since 1970; 0 for keys of an older format, which don't contain that."""
    made = SHARED_KEY.match(key)
    return int(made[2]) if made else 0


def key_rotation(key: bytes) -> int:
    """The number of times that the key had been replaced when this one was made."""
    made = SHARED_KEY.match(key)
    return int(made[1] or 0) if made else 0


def key_rank(key: bytes) -> tuple[int, int]:
    """The sort key of a shared key: the lowest rank wins. A later rotation wins; within one rotation the older key,
    since more people have tokens signed with it.
    """
    return (-key_rotation(key), key_made(key))


class _Sha256(SigningAlgorithm):
    """HMAC-SHA-256 in one call: half the time of the library's own."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


@lru_cache(maxsize=1)
def _encoded(seconds: int) -> str:
    """A time as it is in tokens; those who join in one second share it."""
    return base64_encode(int_to_bytes(seconds)).decode()


class Tokens:
    """Makes and reads tokens. The key is the same on all nodes of one Redis.

    While only this node has the key, it signs no tokens: another node couldn't read them. `key` is also used for other
    signatures.
    """

    def __init__(self, key: str | bytes, *, can_sign: bool = True) -> None:
        self._can_sign = can_sign
        self.key = key if isinstance(key, bytes) else key.encode()
        # Derived once: the library would derive it for each token, so at each join.
        own = hmac.digest(self.key, SALT, "sha256")
        self._mac = hmac.new(own, digestmod="sha256")
        self._signer = TimestampSigner(own, key_derivation="none", algorithm=_Sha256())
        self._unsign = lru_cache(maxsize=CACHED)(self._verified)

    def person_id(self, token: str | None, secret: str | None = None) -> str:
        """The id of the person to whom `token` belongs.

        Without a valid token it is derived from `secret`, which only the client knows: a client whose first connection
        broke before it got a token is the same person at the next attempt. Without either, it is a new person's.
        """
        return self.read(token) or (self._derived(SECRET_SALT, secret) if secret else random_id())

    def read(self, token: str | None) -> str | None:
        """The id of the person to whom `token` belongs; None without a token, or if it is invalid."""
        person, _ = self._unsign(token)
        return person if ID_PATTERN.fullmatch(person) else None

    def age(self, token: str | None) -> float | None:
        """The seconds since `token` was made; None if it is invalid. Negative if that is in the future by the present
        clock of this machine: another node's clock differs, or a clock was put back.
        """
        made = self._unsign(token)[1]
        return None if made is None else time.time() - made

    def sign(self, person_id: str) -> str:
        """A token for the person; "" while this node may not sign.

        It is what the library's `sign` returns, in half the time.
        """
        if not self._can_sign:
            return ""
        signed = f"{person_id}.{_encoded(self._signer.get_timestamp())}"
        mac = self._mac.copy()
        mac.update(signed.encode())
        return f"{signed}.{base64_encode(mac.digest()).decode()}"

    def person_id_for_subject(self, subject: str) -> str:
        """The id of the person that a site calls `subject`: always the same, but it doesn't reveal the subject."""
        return self._derived(SUBJECT_SALT, subject)

    def _verified(self, token: str | None) -> tuple[str, float | None]:
        """The id and the time in a token, or ("", None)."""
        if not token:
            return "", None
        try:
            person, made = self._signer.unsign(token, return_timestamp=True)
            return person.decode(), made.timestamp()
        except (BadData, UnicodeError) as problem:
            # The library's frames refer to the error that refers to them and to our callers: nothing of it, including
            # the session, would be freed before a garbage collection.
            clear_frames(problem.__traceback__)
            return "", None

    def _derived(self, salt: bytes, text: str) -> str:
        digest = hmac.digest(self.key, salt + text.encode(errors="surrogatepass"), "sha256")
        return id_of(digest[:12])
