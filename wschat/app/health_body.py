"""The body of `/health`."""

from __future__ import annotations

from typing import Any

from .. import __version__

WRITES = ("post", "edit", "delete", "react")  # commands that need a Redis that stores data


def health_body(redis: str, refusal: str, *, is_draining: bool, sessions: int) -> dict[str, Any]:
    """The body. `redis`: the link's state (up, partly, down); `refusal`: why Redis stores nothing, "" if it does."""
    if redis != "up":
        refusal = ""
    return {
        "redis": redis,
        **({"writes": f"refused: {refusal}"} if refusal else {}),
        "cannot": _cannot(redis, refusal, is_draining=is_draining),
        "sessions": sessions,
        "version": __version__,
    }


def _cannot(redis: str, refusal: str, *, is_draining: bool) -> list[str]:
    """The commands of clients that wait or are refused at the moment."""
    if redis == "down":
        return ["hello", *WRITES, "history", "search"]
    if is_draining:
        return ["hello"]
    return [*WRITES] if refusal else []
