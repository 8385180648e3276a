"""The errors that more than one package handles: exceptions, error codes, close codes.

A package's own are subclasses beside the code that raises them: Trimmed (`broker/feed.py`), BrokenArchive
(`admin/archive.py`), BadBody (`hooks/body.py`), TooManyHooks (`hooks/room_hooks.py`), CallFailed
(`hooks/outgoing/call.py`), HookEnded (`hooks/outgoing/hook_caller.py`), LayoutUnknown (`redis_link/topology.py`), and
refusals that carry what the caller needs: PasswordAsked, NameHeld and NameKept (`presence/claims.py`).

ChatError
├── StartError                the server can't start: says what to do, exit code 2
│   └── TryAgainLater         it may start later without anybody changing a thing, exit code 75
├── Stopped                   a signal asked the process to stop while it was starting
├── Refused                   a command is refused: becomes an `error` event with its code
├── Disconnect                the session must end: becomes a WebSocket close with its code
└── RedisUnavailable          Redis didn't answer: the command may or may not have been executed
    ├── LogLost               the log of a room became another one while it was read
    ├── RedisWriteRefused     Redis answered that it can't store now (full disk, full memory, read-only, no replicas)
    └── RedisRejected         Redis rejected the command itself (a key of another type, no permission)
"""

from __future__ import annotations

from enum import Enum, IntEnum

RETRY_PAUSE = 0.25  # s after RedisUnavailable before a retry


class ErrorCode(str, Enum):
    """Why a command was refused. Stable: clients have a text for each (docs/protocol.md)."""

    BAD_JSON = "bad_json"
    UNKNOWN_COMMAND = "unknown_command"
    BAD_FIELD = "bad_field"
    HELLO_FIRST = "hello_first"
    HELLO_AGAIN = "hello_again"
    NAME_INVALID = "name_invalid"
    NAME_TAKEN = "name_taken"
    ROOM_INVALID = "room_invalid"
    ROOM_UNKNOWN = "room_unknown"
    TEXT_EMPTY = "text_empty"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_INVALID = "text_invalid"
    NOT_YOURS = "not_yours"
    TOO_LATE = "too_late"
    GONE = "gone"
    TOO_MANY = "too_many"
    NOT_ALLOWED = "not_allowed"
    BARRED = "barred"
    LOCKED = "locked"
    MUTED = "muted"
    READ_ONLY = "read_only"
    SLOW = "slow"
    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    PICTURE_INVALID = "picture_invalid"
    TOO_LARGE = "too_large"
    NO_SPACE = "no_space"
    PASSWORD_REQUIRED = "password_required"
    PASSWORD_WRONG = "password_wrong"
    TOKEN_INVALID = "token_invalid"
    INTERNAL = "internal"


class CloseCode(IntEnum):
    """Why a connection ends. Below 4500: come back with a growing random delay. From 4500: wait for the person."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    INVALID_TEXT = 1007
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    RESTARTING = 1012
    HEARTBEAT_LOST = 4000
    SLOW_CONSUMER = 4001
    HELLO_TIMEOUT = 4002
    FLOOD = 4003
    STOPPED_IDLE = 4500
    REMOVED = 4501
    TOKEN_EXPIRED = 4502


class ChatError(Exception):
    """The root of all exceptions of the chat."""


class StartError(ChatError):
    """The server can't start until a person changes something. The text says what."""

    exit_code = 2


class TryAgainLater(StartError):
    """The server can't start now, for a reason that may pass on its own: Redis isn't up yet, the disk is full."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: supervisors start the server again


class Stopped(ChatError):
    """A signal asked the process to stop while it was starting."""


class Refused(ChatError):
    """A command is refused; the session goes on.

    `facts` go into the `error` event as they are: `retry_after` in seconds, `limit`, `suggestion`, `scope`. `strike` is
    how much the refusal counts against the client, None for the weight of its code.
    """

    strike: float | None = None

    def __init__(self, code: ErrorCode, detail: str = "", **facts: float | str) -> None:
        super().__init__(detail or code.value)
        self.code = code
        self.detail = detail
        self.facts = facts


def internal_error() -> Refused:
    """The refusal of a command that meets a bug, which is logged."""
    return Refused(ErrorCode.INTERNAL, "internal error, see the server log")


class Disconnect(ChatError):
    """The session must end with this close code."""

    def __init__(self, code: CloseCode, reason: str = "") -> None:
        super().__init__(reason or code.name)
        self.code = code
        self.reason = reason


class RedisUnavailable(ChatError):
    """Redis didn't answer in time or the link broke: the fate of the command is unknown."""


class LogLost(RedisUnavailable):
    """The log of a room became another one while it was read: it was cleared, restored, or lost by Redis."""


class RedisWriteRefused(RedisUnavailable):
    """Redis answered, but can't store anything now: its disk or memory is full, it is read-only, or lacks replicas."""


class RedisRejected(RedisUnavailable):
    """Redis rejected the command itself: a key has another type, or the user may not do it. A retry doesn't help."""
