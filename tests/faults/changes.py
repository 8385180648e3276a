"""Changes that a visitor makes, and the messages that are changed as the visitor's screen shows them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

EMOJIS = ("👍", "🎉", "🔥", "😀")
LATER = ("busy", "unavailable", "rate_limited")  # errors after which the same is asked again


class Screen:
    """Messages that were ever changed, as they are shown: by number, of one life of the log."""

    def __init__(self) -> None:
        self.forms: dict[int, dict[str, Any]] = {}

    def show(self, message: dict[str, Any]) -> None:
        """A message has come; of two forms the one that was changed later stays."""
        if message.get("rev", 0) > self.forms.get(message["seq"], {}).get("rev", 0):
            self.forms[message["seq"]] = message

    def clear(self) -> None:
        self.forms.clear()

    @property
    def texts(self) -> list[str]:
        """The texts that people read in them."""
        return [form["text"] for form in self.forms.values() if "text" in form]


class Changer:
    """Makes one change at a time, and makes it again under another `ref` until it is answered."""

    def __init__(self, command: Callable[..., None], chance: random.Random) -> None:
        self._command = command
        self._chance = chance
        self._count = 0
        self.wanted: dict[str, Any] | None = None  # the change whose outcome isn't known
        self.ref = ""
        self.texts: dict[int, str] = {}  # what this visitor's own messages say, as far as answered; "": deleted
        self.deleted: set[str] = set()  # texts that are to be nowhere
        self.asked: set[tuple[str, str]] = set()  # (id of a message, what it was to become), in any life of the log
        self.refusals: list[tuple[str, str]] = []  # (epoch, complaint): right if that life of the log is over

    def begin(self, own: dict[int, str], others: list[int], ids: dict[int, str], epoch: str) -> None:
        """Edit or delete one of one's own messages (number -> text), or react to any.

        `ids` has the ids of all these messages, whose numbers are of `epoch`.
        """
        if self.wanted is not None:
            return
        self._count += 1
        alive = [seq for seq in own if self.texts.get(seq) != ""]
        what = self._chance.random()
        if alive and what < 0.6:
            seq = self._chance.choice(alive)
            text = self.texts.get(seq, own[seq])
            if what < 0.25:
                self.wanted = {"type_": "delete", "seq": seq, "was": text}
            else:
                self.wanted = {"type_": "edit", "seq": seq, "was": text, "text": f"{own[seq]} edit {self._count}"}
        elif others:
            emoji, on = self._chance.choice(EMOJIS), self._chance.random() < 0.8
            self.wanted = {"type_": "react", "seq": self._chance.choice(others), "emoji": emoji, "on": on}
        if self.wanted is not None:
            self.wanted["epoch"] = epoch
            self.note(ids[self.wanted["seq"]], self.wanted)
        self.send()

    def note(self, message: str, change: dict[str, Any]) -> None:
        """Remember that this change of the message with this id was asked for."""
        self.asked.add((message, change.get("text", change.get("emoji", ""))))

    def send(self) -> None:
        """Ask for it (again)."""
        if self.wanted is not None:
            self._count += 1
            self.ref = f"c{self._count}"
            self._command(ref=self.ref, **{key: value for key, value in self.wanted.items() if key != "was"})

    def on_done(self, ref: str) -> None:
        if self.wanted is None or ref != self.ref:
            return
        change, self.wanted = self.wanted, None
        if change["type_"] == "delete":
            self.deleted.add(change["was"])
            self.texts[change["seq"]] = ""
        elif change["type_"] == "edit":
            self.texts[change["seq"]] = change["text"]

    def on_error(self, ref: str, code: str) -> str:
        """Returns what is wrong with being refused like that, if anything. A lost log's messages are gone."""
        if self.wanted is None or ref != self.ref or code in LATER:
            return ""
        change, self.wanted = self.wanted, None
        if change["type_"] != "react":
            complaint = f"{change['type_']} of an own message was refused: {code}"
            if code != "gone":
                return complaint
            self.refusals.append((change["epoch"], complaint))
        return ""

    def start_over(self) -> None:
        """The log's life is another: numbers are other messages'."""
        self.wanted = None
        self.texts.clear()
        self.deleted.clear()


def compare(shown: dict[int, dict[str, Any]], truth: dict[int, dict[str, Any]], seen: set[int]) -> list[str]:
    """How the messages on a screen differ from those that a newcomer sees; `seen` are the numbers on it."""
    return [
        f"{seq} is shown as {json.dumps(shown.get(seq))}, and is {json.dumps(truth.get(seq))}"
        for seq in sorted(truth.keys() | shown.keys())
        if seq in seen and shown.get(seq) != truth.get(seq)
    ]
