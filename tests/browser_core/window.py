"""A window of some browser, with the verbs that the tests need; `Firefox` and `WebKit` are two of them."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

PATIENCE = 30.0  # s for something that must appear
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008", "PageUp": "\ue00e", "Tab": "\ue004"}

Action = dict[str, Any]


class Window(ABC):
    """One browser with one page."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""

    @abstractmethod
    def evaluate(self, expression: str) -> str:
        """The value of a JavaScript expression that gives a string."""

    @abstractmethod
    def perform(self, actions: list[Action]) -> None:
        """Do what WebDriver calls actions: of keys and of the pointer."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return json.loads(self.evaluate(f"JSON.stringify({expression} ?? null)"))

    def press(self, *keys: str) -> None:
        """Press keys at once: `press("Shift", "Enter")`."""
        codes = [KEYS.get(key, key) for key in keys]
        down = [{"type": "keyDown", "value": code} for code in codes]
        up = [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self.perform([{"type": "key", "id": "keyboard", "actions": down + up}])

    def types(self, text: str) -> None:
        """Write letter by letter."""
        strokes = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self.perform([{"type": "key", "id": "keyboard", "actions": strokes}])

    def click(self, selector: str) -> None:
        """Point at the middle of an element and press."""
        self.points(selector, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def right_click(self, selector: str) -> None:
        """Point at the middle of an element and press the other button."""
        self.points(selector, {"type": "pointerDown", "button": 2}, {"type": "pointerUp", "button": 2})

    def points(self, selector: str, *then: Action) -> None:
        self._moves(self.spot(selector), *then)

    def drags(self, start: Action, end: Action) -> None:
        """Press at one spot, and let go at another."""
        self._moves(start, {"type": "pointerDown", "button": 0}, end, {"type": "pointerUp", "button": 0})

    def spot(self, selector: str, across: float = 0.5) -> Action:
        """The way of the pointer into an element, this part of its width from the left."""
        self.waits_for(f"document.querySelector({json.dumps(selector)})?.getBoundingClientRect().width > 0")
        x, y = self.value(
            f"(({{ x, y, width, height }}) => [Math.round(x + width * {across}), Math.round(y + height / 2)])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        return {"type": "pointerMove", "x": x, "y": y}

    def _moves(self, *actions: Action) -> None:
        mouse = {"pointerType": "mouse"}
        self.perform([{"type": "pointer", "id": "mouse", "parameters": mouse, "actions": list(actions)}])

    def waits_for(self, expression: str) -> None:
        """Wait until a JavaScript expression is true."""
        wait_until(lambda: bool(self.value(f"Boolean({expression})")), expression)

    def sees(self, text: str) -> None:
        self.waits_for(f"document.body.innerText.includes({json.dumps(text)})")


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end, f"still not true after {PATIENCE:.0f} s: {what}"
        time.sleep(0.05)
