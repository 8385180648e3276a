"""How long messages take from their author to each screen."""

from __future__ import annotations


class Latencies:
    """In seconds, of all messages since the last `clear`. Times are those of the event loop."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}  # id -> when
        self._latencies: list[float] = []

    def said(self, post: str, at: float) -> None:
        self._said[post] = at

    def showed(self, post: str, at: float) -> None:
        """A visitor's screen shows it."""
        said = self._said.get(post)
        if said is not None:
            self._latencies.append(at - said)

    def clear(self) -> None:
        self._latencies.clear()

    def percentile(self, share: float) -> float:
        """Of the latencies, `share` are at most this long; 0 where there are none."""
        ordered = sorted(self._latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
