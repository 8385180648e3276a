"""The credentials in the headers of a program that reads a room, as the `hello` of a client would have them."""

from __future__ import annotations

import base64
import binascii
import re

from tornado.httputil import HTTPHeaders

from ..errors import ErrorCode, Refused
from ..model import random_id
from ..protocol import Hello

_SCHEME = re.compile(r"(?i:bearer|basic)(?: |$)")
_AUTHORIZATION = re.compile(r"(\w+) +([!-~]+)")


def credentials(headers: HTTPHeaders) -> Hello:
    """A `hello` with them. Its name is nobody's, and isn't used. Raises Refused(bad_field).

    `Authorization: Bearer` is a site's JWT; the password of `Basic` is the chat's or, if that has none, the room's,
    under any user name. Where both are needed, `Room-Password` has the room's. Other schemes are for a proxy in front.
    """
    hello = Hello(name=random_id())
    authorization = headers.get("Authorization")
    if authorization is not None and _SCHEME.match(authorization):
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None:
            raise Refused(ErrorCode.BAD_FIELD, "the credentials in Authorization can't be read")
        if found[1].lower() == "bearer":
            hello.jwt = found[2]
        else:
            hello.password = _password_in(found[2])
    room_password = headers.get("Room-Password")
    if room_password is not None:
        hello.room_password = _text(room_password.encode("latin-1"))  # as Tornado has decoded it
    return hello


def _password_in(encoded: str) -> str:
    """The password of Basic (RFC 7617)."""
    try:
        return _text(base64.b64decode(encoded, validate=True)).partition(":")[2]
    except binascii.Error:
        raise Refused(ErrorCode.BAD_FIELD, "the credentials of Basic aren't base64") from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(ErrorCode.BAD_FIELD, "the password isn't UTF-8") from None
