"""Replies of Redis that stand for pairs."""

from __future__ import annotations

from typing import Any


def pairs(found: Any) -> list[tuple[Any, Any]]:
    """redis-py gives some replies as pairs or mappings, and the raw ones of scripts flat."""
    if isinstance(found, dict):
        return list(found.items())
    if found and isinstance(found[0], (tuple, list)):
        return [(first, second) for first, second in found]
    return list(zip(found[::2], found[1::2], strict=True))
