"""Who says so: the token that makes somebody the same person again.

A token is the person's public id, the time it was made and a signature over both. It is no secret from its
owner and useless to anyone who only knows the id; changing the key revokes every token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from itsdangerous import BadData, TimestampSigner

from .model import ID_PATTERN, random_id

SALT = b"wschat.person"
SUBJECT_SALT = b"wschat.subject:"


def new_key() -> str:
    """A key to sign tokens with: 256 random bits."""
    return secrets.token_urlsafe(32)


class Identity:
    """Makes and reads tokens. The key is the same on all nodes of one Redis."""

    def __init__(self, key: str | bytes) -> None:
        self._key = key if isinstance(key, bytes) else key.encode()
        self._signer = TimestampSigner(key, salt=SALT, key_derivation="hmac", digest_method=hashlib.sha256)

    def person(self, token: str | None) -> str:
        """The id of the person that `token` belongs to; somebody new where there is none or it doesn't hold."""
        if token:
            try:
                person = self._signer.unsign(token).decode()
            except (BadData, UnicodeError):
                pass
            else:
                if ID_PATTERN.fullmatch(person):
                    return person
        return random_id()

    def token(self, person: str) -> str:
        return self._signer.sign(person).decode()

    def person_of(self, subject: str) -> str:
        """The id of the person that a site calls `subject`: always the same, without telling the subject."""
        digest = hmac.digest(self._key, SUBJECT_SALT + subject.encode(errors="surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(digest[:12]).decode()
