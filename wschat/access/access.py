"""Access control: the chat is open to everyone, to people who know the password, or to people with a site's JWT.

The reasons: docs/decisions/0012.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from ..errors import ErrorCode, Refused, StartError
from ..files import key_in
from ..limits import Delays, Recent
from ..model import MODERATOR, room_name
from ..names import Reserved, person_name
from ..protocol import PASSWORD_MAX, Hello
from .tokens import Tokens

HS256_KEY_MIN = 32  # bytes: shorter ones can be guessed offline from one token (RFC 7518, 3.2)
LEEWAY = 10.0  # s by which the site's clock may differ from the server's
SUBJECT_MAX = 256
SPELLING_MAX = 256  # characters that are read of a room's name in a token
FREE_TYPOS = 3  # wrong passwords in a row from a person who has sent the right one before
FREE_GUESSES = 20  # wrong passwords from persons with a token at one address: a class that got a new password
LONGEST_STAY = 365 * 24 * 3600.0  # s that a session lasts at most, for any token: more is a mistake of units

_DETAILS = {  # by the name of PyJWT's error: it is loaded only where it is needed
    "ExpiredSignatureError": "the jwt has expired: get a new one",
    "ImmatureSignatureError": "the jwt isn't valid yet: compare the clocks of the site and of the chat",
    "InvalidSignatureError": "the jwt isn't signed with the key of this chat",
    "MissingRequiredClaimError": "the jwt needs sub, aud and exp",
}

logger = logging.getLogger(__name__)


class Admission(Struct, frozen=True):
    """Permission to join. `lasts`: for how many seconds, None: no limit; `vouched`: a site gave the name, so it can't
    be changed; `role`: MODERATOR, or empty.
    """

    person: str
    name: str
    lasts: float | None = None
    vouched: bool = False
    role: str = ""


class Access:
    """Access for everyone, under any name that isn't reserved. The base of the other kinds."""

    asks_password = False

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = Reserved(reserved)

    def admit(self, hello: Hello, room: str, address: str, tokens: Tokens) -> Admission:
        """The admission of a client, by its `hello`.

        Raises Refused (name_invalid, name_taken, password_required, password_wrong, token_invalid).
        """
        return Admission(tokens.person_id(hello.token, hello.secret), self.name(hello.name))

    def name(self, raw: str) -> str:
        """`raw` as a name that anyone may take. Raises Refused."""
        name = person_name(raw)
        if name in self._reserved:
            raise Refused(ErrorCode.NAME_TAKEN, "this name is reserved")
        return name

    def renew(self, jwt: str, room: str, person: str, tokens: Tokens) -> tuple[float, str]:
        """(the seconds for which `jwt` lets `person` stay, their role). Raises Refused(token_invalid)."""
        raise Refused(ErrorCode.TOKEN_INVALID, "this chat accepts no jwt")


class PasswordAccess(Access):
    """One password for everyone. After a wrong one, its sender must wait, twice as long each time.

    Without a token, everybody at the address waits: an office may be behind it, or a proxy with everyone. A person with
    a token waits only for their own errors. But somebody may have many tokens, from a time when the chat was open: so
    persons who haven't sent the right password here share a few wrong ones per address, and then wait together, too.
    """

    asks_password = True

    def __init__(self, password: str, reserved: Iterable[str], clock: Callable[[], float]) -> None:
        super().__init__(reserved)
        if len(password) > PASSWORD_MAX:
            raise StartError(f"longer than {PASSWORD_MAX} characters, which no client may send")
        if len(password.splitlines()) > 1:
            raise StartError("more than one line, which nobody can type into the page")
        self._digest = _digest(password)
        self._clock = clock
        self._failures = Delays()  # of clients without a token, by address
        self._typos = Delays(free=FREE_TYPOS)  # of persons in _admitted
        self._guesses = Delays()  # of all other persons
        self._guesses_nearby = Delays(free=FREE_GUESSES)  # of all other persons, by address
        self._admitted: Recent[str, None] = Recent()  # persons who have sent the right password here

    def admit(self, hello: Hello, room: str, address: str, tokens: Tokens) -> Admission:
        if hello.password is None:
            raise Refused(ErrorCode.PASSWORD_REQUIRED, "this chat requires a password")
        person, now = tokens.read(hello.token), self._clock()
        counts = self._counts(person, address)
        wait = max(delays.wait(key, now) for delays, key in counts)
        if wait:
            # The password isn't even compared: otherwise guessing would go on during the delay.
            raise Refused(ErrorCode.PASSWORD_WRONG, "wait before trying again", retry_after=wait)
        # Digests, since a comparison takes constant time only for equal lengths.
        if not hmac.compare_digest(_digest(hello.password), self._digest):
            delay = max(delays.failed(key, now) for delays, key in counts)
            logger.warning("Rejected a wrong password", extra={"address": address})
            raise Refused(ErrorCode.PASSWORD_WRONG, "wrong password", retry_after=delay)
        if person is None:
            self._failures.forget(address)
        else:
            self._typos.forget(person)
            self._guesses.forget(person)
            self._admitted.touch(person, None)
        admission = super().admit(hello, room, address, tokens)
        self._admitted.touch(admission.person, None)
        return admission

    def _counts(self, person: str | None, address: str) -> list[tuple[Delays, str]]:
        """The delays and keys for a wrong password of this person (None: of a client without a token)."""
        if person is None:
            return [(self._failures, address)]
        if person in self._admitted:
            return [(self._typos, person)]
        return [(self._guesses, person), (self._guesses_nearby, address)]


class JwtAccess(Access):
    """Access with a JWT (RFC 7519), in which a site that embeds the chat identifies people, and which it signs.

    Claims: `sub` (the person, for the site), `aud`, `exp`; `name` (without it, people choose one); `rooms`, a list
    (default: every room); `role`: "moderator". HS256 needs the shared secret, ES256 the site's public key in PEM.
    Raises StartError.
    """

    def __init__(self, algorithm: str, key_file: Path, audience: str, reserved: Iterable[str]) -> None:
        super().__init__(reserved)
        import jwt  # takes 0.08 s, and most chats don't need it

        self._jwt: Any = jwt
        self._algorithm = algorithm
        self._audience = audience
        self._key = _key(algorithm, key_file)
        try:
            jwt.get_algorithm_by_name(algorithm).prepare_key(self._key)
        except jwt.InvalidKeyError:
            raise StartError(
                f"{key_file} contains a key or certificate, not a shared secret; a public key requires ES256"
            ) from None

    def admit(self, hello: Hello, room: str, address: str, tokens: Tokens) -> Admission:
        claims, lasts = self._claims(hello.jwt, room, address)
        person = tokens.person_id_for_subject(claims["sub"])
        given = claims.get("name")
        if given is None:
            return Admission(person, self.name(hello.name), lasts, role=_role(claims))
        if not isinstance(given, str):
            raise Refused(ErrorCode.TOKEN_INVALID, "the jwt's name isn't a string")
        return Admission(person, person_name(given), lasts, vouched=True, role=_role(claims))

    def renew(self, jwt: str, room: str, person: str, tokens: Tokens) -> tuple[float, str]:
        claims, lasts = self._claims(jwt, room, "")
        if tokens.person_id_for_subject(claims["sub"]) != person:
            raise Refused(ErrorCode.TOKEN_INVALID, "the jwt belongs to another person")
        return lasts, _role(claims)

    def _detail(self, problem: Exception) -> str:
        """What is wrong with a token, and what to do, for the developer of the site."""
        if isinstance(problem, self._jwt.InvalidAudienceError):
            return f"the jwt's aud isn't \"{self._audience}\""
        unreadable = f"the jwt can't be read, or isn't signed as {self._algorithm}"
        return _DETAILS.get(type(problem).__name__, unreadable)

    def _claims(self, token: str | None, room: str, address: str) -> tuple[dict[str, Any], float]:
        """(the claims of a token for `room`, the seconds for which it is valid). Raises Refused(token_invalid)."""
        try:
            claims: dict[str, Any] = self._jwt.decode(
                token or "", self._key, algorithms=[self._algorithm], audience=self._audience, leeway=LEEWAY,
                options={"require": ["sub", "aud", "exp"]},
            )  # fmt: skip
            lasts = float(claims["exp"]) + LEEWAY - time.time()
        except (self._jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as problem:
            logger.info("Rejected an invalid token", extra={"address": address, "reason": type(problem).__name__})
            raise Refused(ErrorCode.TOKEN_INVALID, self._detail(problem) if token else "the jwt is missing") from None
        if not 0 < len(claims["sub"]) <= SUBJECT_MAX:
            raise Refused(ErrorCode.TOKEN_INVALID, f"the jwt's sub isn't 1-{SUBJECT_MAX} characters")
        if not _may_enter(room, claims.get("rooms")):
            raise Refused(ErrorCode.TOKEN_INVALID, "the jwt isn't valid for this room")
        return claims, max(1.0, min(LONGEST_STAY, lasts))


def _role(claims: dict[str, Any]) -> str:
    return MODERATOR if claims.get("role") == MODERATOR else ""


def _may_enter(room: str, rooms: object) -> bool:
    """Whether it is one of `rooms`, in any spelling of their names. Without that claim, every room is allowed."""
    if not isinstance(rooms, list):
        return rooms is None
    return room in rooms or any(
        isinstance(name, str) and _canonical(name[: SPELLING_MAX + 1]) == room for name in rooms
    )


@lru_cache(4096)  # a token may name a thousand rooms, and comes again with every connection
def _canonical(name: str) -> str | None:
    try:
        return room_name(name)
    except Refused:
        return None


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode(errors="surrogatepass")).digest()


def _key(algorithm: str, file: Path) -> Any:
    """The key in `file`. Raises StartError with the expected content."""
    try:
        content = key_in(file)
    except OSError as problem:
        raise StartError(f"could not read {file}: {problem.strerror}") from None
    if algorithm == "HS256":
        if len(content) < HS256_KEY_MIN:
            raise StartError(f"{file} is too short; HS256 requires at least {HS256_KEY_MIN} bytes")
        return content
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(content)
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise StartError(f"{file} isn't a public P-256 key in PEM, which ES256 requires")
    return key
