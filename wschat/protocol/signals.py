"""Signals: what nodes publish to each other on a room's signal channel."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ..model import Person


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


read_signal = msgspec.json.Decoder(Signal).decode
