"""Memory that connections hold: how much in all, for how long, and whose is freed first."""

from __future__ import annotations

from wschat.web.buffers import Buffers


class Held:
    """Buffers of ten bytes for five seconds, on a time that the test gives them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.dropped: list[str] = []
        self.buffers: Buffers[str] = Buffers(10, 5.0, lambda: self.now, self._drop)

    def _drop(self, holder: str) -> None:
        self.dropped.append(holder)
        self.buffers.put(holder, 0)  # as a connection does when it ends


def test_who_has_held_for_longest_makes_room() -> None:
    """It doesn't matter how much the others hold: they are on their way."""
    held = Held()
    for holder in ("a", "b", "c"):
        held.buffers.put(holder, 3)
        held.now += 1
    assert (held.buffers.total, held.dropped) == (9, [])
    held.buffers.put("c", 5)
    assert (held.buffers.total, held.dropped) == (8, ["a"])
    held.buffers.put("b", 0)
    assert held.buffers.total == 5


def test_progress_begins_the_time_anew() -> None:
    """A slow reader keeps its place as long as it reads."""
    held = Held()
    held.buffers.put("a", 3)
    held.buffers.put("b", 3)
    held.now = 4.0
    held.buffers.put("a", 2, progress=True)
    held.buffers.put("b", 4)
    held.now = 5.1
    held.buffers.sweep()
    assert held.dropped == ["b"]
    held.now = 9.1
    held.buffers.sweep()
    assert held.dropped == ["b", "a"]
    assert held.buffers.total == 0


def test_one_that_holds_too_much_by_itself_is_dropped() -> None:
    """Nothing is left to be counted."""
    held = Held()
    held.buffers.put("a", 11)
    assert (held.dropped, held.buffers.total) == (["a"], 0)
