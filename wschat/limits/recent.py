"""A dictionary that forgets the keys used longest ago, so that strangers' keys can't fill the memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

REMEMBERED = 10_000  # keys

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """The values of the REMEMBERED keys that `touch` set last."""

    def touch(self, key: K, value: V) -> None:
        """Set the value of `key`, which becomes the last one to be forgotten."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)
