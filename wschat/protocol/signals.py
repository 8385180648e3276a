"""Signals, which nodes publish to each other on a room's signal channel, or on the channel of all nodes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ..model import Person
from .encoding import encode
from .events import Rules


class Signal(Struct):
    """A numbered change of the people in a room (`version`); or, without a number, the ids of people who are leaving a
    node, or people who are typing.
    """

    version: int = 0
    joined: list[Person] = []
    left: list[Person] = []
    renamed: list[Person] = []
    leaving: list[str] = []
    typing: list[Person] = []


class RulesSignal(Struct, omit_defaults=True):
    """The rules of a room after an act of a moderator (None: they must be read), and the people that it muted or
    removed, by id, with the seconds: 0 for good, None for no longer.
    """

    rules: Rules | None
    generation: str = ""
    muted: dict[str, float | None] = {}
    removed: dict[str, float | None] = {}


class PicturesGone(Struct, omit_defaults=True):
    """On the channel of all nodes: messages of a room were erased. Their pictures go now: these, or, without any, all
    that no message of the room has.
    """

    room: str
    pictures: list[str] = []


HOOKS_SIGNAL = b"hooks"  # on the channel of all nodes: the outgoing hooks of a room have changed
PICTURES_SIGNAL = b"pictures "  # begins that signal
read_pictures_gone = msgspec.json.Decoder(PicturesGone).decode
RULES_SIGNAL = b'{"rules":'  # begins a signal about rules
RULES_CHANGED = encode(RulesSignal(None))
LOG_REPLACED = b'{"log":"replaced"}'  # the signal that another log has taken the place of a room's
read_rules_signal = msgspec.json.Decoder(RulesSignal).decode
read_signal = msgspec.json.Decoder(Signal).decode
