"""The fields of the command `moderate`: which each act needs, and the arguments of moderate.lua made from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..characters import DIRECTION
from ..errors import ErrorCode, Refused
from ..model import Person, is_storable, trimmed
from ..protocol import SLOW_MAX, Moderate, encode
from ..redis_link import ScriptArgs
from .passwords import made_password

TOPIC_MAX = 200  # characters
ROOM_PASSWORD_MAX = 256  # characters


async def script_args(command: Moderate, author: Person | None) -> ScriptArgs:
    """The act and its value, as arguments of moderate.lua. `author`: of the message that the command names, or of the
    messages to erase.

    Raises Refused(bad_field).
    """
    return await _SCRIPT_ARGS[command.act](command, author)


async def _bar(command: Moderate, author: Person | None) -> ScriptArgs:
    if (command.person is None) == (author is None):
        raise _bad(f"{command.act} needs either a person or the seq of a message")
    if command.seconds is None:
        raise _bad(f"{command.act} needs seconds; 0 stands for good")
    return [command.act, author.id if author else str(command.person), _encoded(author), command.seconds]


async def _erase(command: Moderate, author: Person | None) -> ScriptArgs:
    if command.person is None:
        raise _bad("erase needs a person")
    if command.seconds is None:
        raise _bad("erase needs seconds; 0 stands for everything")
    return [command.act, command.person, _encoded(author), command.seconds]


async def _let_in(command: Moderate, author: Person | None) -> ScriptArgs:
    if command.person is None:
        raise _bad("let_in needs a person")
    return [command.act, command.person]


async def _slow(command: Moderate, author: Person | None) -> ScriptArgs:
    if command.seconds is None or command.seconds > SLOW_MAX:
        raise _bad(f"slow needs seconds, up to {SLOW_MAX}; 0 switches it off")
    return [command.act, command.seconds or ""]


async def _switch(command: Moderate, author: Person | None) -> ScriptArgs:
    if command.on is None:
        raise _bad(f"{command.act} needs on")
    return ["locked" if command.act == "lock" else command.act, "1" if command.on else ""]


async def _password(command: Moderate, author: Person | None) -> ScriptArgs:
    text = command.text
    if text is None or len(text) > ROOM_PASSWORD_MAX:
        raise _bad(f"password needs a text of up to {ROOM_PASSWORD_MAX} characters; an empty one takes it off")
    return [command.act, await made_password(text) if text else ""]


async def _topic(command: Moderate, author: Person | None) -> ScriptArgs:
    text = " ".join(trimmed(DIRECTION.sub("", command.text or "")).split())
    if command.text is None or len(text) > TOPIC_MAX or not is_storable(text):
        raise _bad(f"topic needs a text of up to {TOPIC_MAX} characters; an empty one is none")
    return [command.act, text]


async def _nothing(command: Moderate, author: Person | None) -> ScriptArgs:
    return [command.act]


def _encoded(author: Person | None) -> str:
    return encode(author.without_role()).decode() if author else ""


def _bad(detail: str) -> Refused:
    return Refused(ErrorCode.BAD_FIELD, detail)


_SCRIPT_ARGS: dict[str, Callable[[Moderate, Person | None], Awaitable[ScriptArgs]]] = {
    "mute": _bar,
    "remove": _bar,
    "erase": _erase,
    "let_in": _let_in,
    "slow": _slow,
    "read_only": _switch,
    "lock": _switch,
    "password": _password,
    "topic": _topic,
    "clear": _nothing,
    "barred": _nothing,
}
