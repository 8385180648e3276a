"""Who may come in: everyone, everyone who knows the password, or everyone whom a site vouches for with a JWT.

docs/decisions/0012 says why so.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ErrorCode, Refused, StartError
from .identity import Identity
from .names import Reserved, person_name
from .protocol import Hello

HS256_KEY_MIN = 32  # bytes: shorter ones can be guessed offline from one token (RFC 7518, 3.2)
LEEWAY = 10.0  # s that the site's clock may differ from ours
SUBJECT_MAX = 256
FIRST_DELAY = 1.0  # s after the first wrong password, doubled with each
LONGEST_DELAY = 60.0
FORGIVEN_AFTER = 900.0  # s without another attempt
REMEMBERED = 10_000  # addresses

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Admission:
    """Somebody who may come in. `lasts` in seconds; `vouched`: a site gave the name, so it stays."""

    person: str
    name: str
    lasts: float | None = None
    vouched: bool = False


class Access:
    """The open door: any name that isn't reserved."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = Reserved(reserved)

    def admit(self, hello: Hello, room: str, address: str, identity: Identity) -> Admission:
        """Raises Refused (name_invalid, name_taken, password_required, password_wrong, token_invalid)."""
        return Admission(identity.person(hello.token, hello.secret), self.name(hello.name))

    def name(self, raw: str) -> str:
        """`raw` as a name that anyone may take. Raises Refused."""
        name = person_name(raw)
        if name in self._reserved:
            raise Refused(ErrorCode.NAME_TAKEN, "this name is reserved")
        return name

    def renew(self, jwt: str, room: str, person: str, identity: Identity) -> float:
        """The seconds for which `jwt` lets `person` stay. Raises Refused(token_invalid)."""
        raise Refused(ErrorCode.TOKEN_INVALID, "this chat accepts no jwt")


class PasswordAccess(Access):
    """One password for everyone. A wrong one makes its address wait, twice as long each time."""

    def __init__(self, password: str, reserved: Iterable[str], clock: Callable[[], float]) -> None:
        super().__init__(reserved)
        self._digest = _digest(password)
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def admit(self, hello: Hello, room: str, address: str, identity: Identity) -> Admission:
        if hello.password is None:
            raise Refused(ErrorCode.PASSWORD_REQUIRED, "this chat requires a password")
        count, until = self._failures.get(address, (0, 0.0))
        now = self._clock()
        if now < until:
            # Not even looked at: otherwise guessing would go on during the delay.
            raise Refused(ErrorCode.PASSWORD_WRONG, "wait before trying again", retry_after=until - now)
        # Digests, since comparing takes a constant time only for what is equally long.
        if not hmac.compare_digest(_digest(hello.password), self._digest):
            raise self._wrong(address, 0 if now - until > FORGIVEN_AFTER else count, now)
        self._failures.pop(address, None)
        return super().admit(hello, room, address, identity)

    def _wrong(self, address: str, before: int, now: float) -> Refused:
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2**before)
        self._failures[address] = (min(before + 1, 10), now + delay)
        self._failures.move_to_end(address)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)
        logger.warning("Rejected a wrong password", extra={"address": address, "attempt": before + 1})
        return Refused(ErrorCode.PASSWORD_WRONG, "wrong password", retry_after=delay)


class JwtAccess(Access):
    """A site that embeds the chat says who somebody is, in a JWT (RFC 7519) that it signs.

    Claims: `sub` (who, for the site), `aud`, `exp`; `name`; `rooms`, a list (default: every room). Without
    `name` people choose one. HS256 needs the shared secret, ES256 the site's public key in PEM. Raises
    StartError.
    """

    def __init__(self, algorithm: str, key_file: Path, audience: str, reserved: Iterable[str]) -> None:
        super().__init__(reserved)
        import jwt  # takes 0.08 s, and most chats don't need it

        self._jwt: Any = jwt
        self._algorithm = algorithm
        self._audience = audience
        self._key = _key(algorithm, key_file)

    def admit(self, hello: Hello, room: str, address: str, identity: Identity) -> Admission:
        claims, lasts = self._claims(hello.jwt, room, address)
        person = identity.person_of(claims["sub"])
        given = claims.get("name")
        if given is None:
            return Admission(person, self.name(hello.name), lasts)
        return Admission(person, person_name(str(given)), lasts, vouched=True)

    def renew(self, jwt: str, room: str, person: str, identity: Identity) -> float:
        claims, lasts = self._claims(jwt, room, "")
        if identity.person_of(claims["sub"]) != person:
            raise Refused(ErrorCode.TOKEN_INVALID, "the jwt belongs to another person")
        return lasts

    def _claims(self, token: str | None, room: str, address: str) -> tuple[dict[str, Any], float]:
        """The claims of a token that holds for `room`, and for how many seconds it does."""
        try:
            claims: dict[str, Any] = self._jwt.decode(
                token or "", self._key, algorithms=[self._algorithm], audience=self._audience, leeway=LEEWAY,
                options={"require": ["sub", "aud", "exp"]},
            )  # fmt: skip
        except self._jwt.PyJWTError as problem:
            logger.info("Rejected an invalid token", extra={"address": address, "reason": type(problem).__name__})
            raise Refused(ErrorCode.TOKEN_INVALID, "the jwt is missing, invalid or expired") from None
        rooms = claims.get("rooms")
        may_enter = rooms is None or (isinstance(rooms, list) and room in rooms)
        if not 0 < len(claims["sub"]) <= SUBJECT_MAX or not may_enter:
            raise Refused(ErrorCode.TOKEN_INVALID, "the jwt isn't valid for this room")
        return claims, max(1.0, float(claims["exp"]) + LEEWAY - time.time())


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode(errors="surrogatepass")).digest()


def _key(algorithm: str, file: Path) -> Any:
    """The key in `file`. Raises StartError, which says what is expected there."""
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise StartError(f"--jwt-key-file: could not read {file}: {problem.strerror}.") from None
    if algorithm == "HS256":
        secret = content.strip()
        if len(secret) < HS256_KEY_MIN:
            raise StartError(f"--jwt-key-file: {file} is too short; HS256 requires at least {HS256_KEY_MIN} bytes.")
        return secret
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(content)
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise StartError(f"--jwt-key-file: {file} isn't a public P-256 key in PEM, which ES256 requires.")
    return key
