"""Tokens: they make a client the same person again after it reconnects.

A token is the person's public id, the time it was made and a signature over both. It is no secret from its
owner and useless to anyone who only knows the id; changing the key revokes every token.
"""

from __future__ import annotations

import hmac
import re
import secrets
from traceback import clear_frames

from itsdangerous import BadData, TimestampSigner
from itsdangerous.signer import SigningAlgorithm

from .model import ID_PATTERN, id_of, random_id

SALT = b"wschat.person"
SUBJECT_SALT = b"wschat.subject:"
SECRET_SALT = b"wschat.secret:"
SHARED_KEY = re.compile(rb"(?:(\d{1,9}):)?(\d{13})\.")


def new_key() -> str:
    """A key to sign tokens with: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_shared_key(now: float, rotation: int = 0) -> bytes:
    """A key for all nodes of one Redis, made at `now` (s since 1970); `rotation` counts how often it was replaced."""
    made = f"{int(now * 1000)}.{new_key()}"
    return (f"{rotation}:{made}" if rotation else made).encode()


def key_made(key: bytes) -> int:
    """When a shared key was made, in ms since 1970; 0 for one that doesn't say, from before that was so."""
    made = SHARED_KEY.match(key)
    return int(made[2]) if made else 0


def key_rotation(key: bytes) -> int:
    """The number of times that the key had been replaced when this one was made."""
    made = SHARED_KEY.match(key)
    return int(made[1] or 0) if made else 0


def key_rank(key: bytes) -> tuple[int, int]:
    """Of two keys the one with the lower rank counts: the later rotation, and of the same one the older key, since more
    people hold tokens of it.
    """
    return (-key_rotation(key), key_made(key))


class _Sha256(SigningAlgorithm):
    """HMAC-SHA-256 in one call: half the time of the library's own."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class Tokens:
    """Makes and reads tokens. The key is the same on all nodes of one Redis.

    While this node alone has the key, it gives no tokens: another node couldn't read them. `key` is for what else is
    signed with it.
    """

    def __init__(self, key: str | bytes, *, can_sign: bool = True) -> None:
        self._can_sign = can_sign
        self.key = key if isinstance(key, bytes) else key.encode()
        # Derived once: the library would do it for each token, which everyone gets who joins.
        own = hmac.digest(self.key, SALT, "sha256")
        self._signer = TimestampSigner(own, key_derivation="none", algorithm=_Sha256())

    def person_id(self, token: str | None, secret: str | None = None) -> str:
        """The id of the person that `token` belongs to.

        Without a valid token it is derived from `secret`, which the client alone knows: a client whose first connection
        broke before it got a token is the same person at the next attempt. Without either, it is somebody new.
        """
        return self.read(token) or (self._derived(SECRET_SALT, secret) if secret else random_id())

    def read(self, token: str | None) -> str | None:
        """The id of the person that `token` belongs to; None where there is none or it doesn't hold."""
        person, _ = self._unsign(token)
        return person if ID_PATTERN.fullmatch(person) else None

    def issued_at(self, token: str | None) -> float | None:
        """When `token` was made, in seconds since 1970; None for one that doesn't hold."""
        return self._unsign(token)[1]

    def sign(self, person_id: str) -> str:
        """The person's token; "" while none can be given."""
        return self._signer.sign(person_id).decode() if self._can_sign else ""

    def person_id_for_subject(self, subject: str) -> str:
        """The id of the person that a site calls `subject`: always the same, without telling the subject."""
        return self._derived(SUBJECT_SALT, subject)

    def _unsign(self, token: str | None) -> tuple[str, float | None]:
        """The id and the time in a token, or ("", None)."""
        if not token:
            return "", None
        try:
            person, made = self._signer.unsign(token, return_timestamp=True)
            return person.decode(), made.timestamp()
        except (BadData, UnicodeError) as problem:
            # The library's frames hold the error that holds them, and our callers: nothing of it would be freed
            # before a garbage collection, the session included.
            clear_frames(problem.__traceback__)
            return "", None

    def _derived(self, salt: bytes, text: str) -> str:
        digest = hmac.digest(self.key, salt + text.encode(errors="surrogatepass"), "sha256")
        return id_of(digest[:12])
