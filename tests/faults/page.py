"""The page as a visitor sees it: messages and people; anything impossible is an anomaly."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .changes import Screen
from .memory import Event, Stretch


class Page:
    """`showed` hears of each message shown (id, loop time)."""

    def __init__(self, name: str, showed: Callable[[str, float], None]) -> None:
        self.name = name
        self.me = ""  # the person's id
        self.stretches: list[Stretch] = []
        self.position: tuple[str, int] | None = None
        self.screen = Screen()
        self.people: dict[str, str] = {}
        self.count = 0
        self.left: list[tuple[float, str]] = []  # the people who, it was told, have left the list
        self.is_joined = False
        self.welcomes: list[tuple[float, dict[str, Any]]] = []
        self.notices: list[tuple[float, str]] = []
        self.pages: list[dict[str, Any]] = []  # of history
        self.found: list[list[dict[str, Any]]] = []  # messages that were looked up
        self.outside: list[str] = []  # texts that came from outside
        self.anomalies: list[str] = []
        self._showed = showed

    @property
    def ids(self) -> dict[int, str]:
        """The shown messages of the log's present life, by number. An `ack` doesn't say of which life its number is."""
        return dict((*self.stretches[-1].snapshot, *self.stretches[-1].shown))

    @property
    def seq(self) -> int:
        return self.position[1] if self.position else -1

    @property
    def resets(self) -> int:
        """How often it was told that history was lost."""
        return sum(stretch.why == "lost" for stretch in self.stretches)

    def enter(self, facts: dict[str, Any]) -> None:
        """The welcome says who everyone is."""
        told = {key: facts[key] for key in ("epoch", "seq", "head", "recovered", "lost")}
        self.welcomes.append((time.monotonic(), told))
        self.me, self.name = facts["you"]["id"], facts["you"]["name"]
        self.count = facts["online"]["count"]
        self.people = {person["id"]: person["name"] for person in facts["online"]["people"]}
        self.is_joined = True

    def show_message(self, event: Event, payload: bytes) -> None:
        """A message, or a change of one."""
        if not self.is_joined:
            self.anomalies.append(f"{event.seq} came before the welcome")
            return
        if event.epoch != self.stretches[-1].epoch:
            self.anomalies.append(f"{event.seq} of another epoch came without a reset")
        if event.type == "amended":
            self.screen.show(json.loads(payload)["message"])
        elif event.rev:
            self.screen.show(json.loads(payload))
        self.show(event.seq, event.id)

    def show(self, seq: int, post: str) -> None:
        """The next number of the log."""
        self.stretches[-1].shown.append((seq, post))
        self.position = (self.stretches[-1].epoch, seq)
        self._showed(post, time.monotonic())

    def recover(self, facts: dict[str, Any]) -> None:
        """The welcome after a lost connection has what was missed."""
        if self.position is None or facts["epoch"] != self.position[0]:
            self.anomalies.append("recovered across a lost log")
        for message in facts["messages"]:
            self.screen.show(message.get("message", message))
            self.show(message["seq"], message["id"])
        if self.position != (facts["epoch"], facts["seq"]):
            self.anomalies.append(f"recovered to {facts['seq']}, shown up to {self.position}")

    def start_over(self, why: str, facts: dict[str, Any]) -> None:
        """Everything is replaced by a snapshot."""
        snapshot = [(message["seq"], message["id"]) for message in facts["messages"]]
        self.stretches.append(Stretch(why, facts["epoch"], base=facts["seq"] - len(snapshot)))
        if [seq for seq, _ in snapshot] == list(range(facts["seq"] - len(snapshot) + 1, facts["seq"] + 1)):
            self.stretches[-1].shown += snapshot
        else:  # changes are numbered among them
            self.stretches[-1].snapshot, self.stretches[-1].base = snapshot, facts["seq"]
        self.position = (facts["epoch"], facts["seq"])
        self.screen.clear()
        for message in facts["messages"]:
            self.screen.show(message)
            self._showed(message["id"], time.monotonic())

    def note(self, type_: str, facts: dict[str, Any]) -> None:
        """Note the server's events about people and itself, and its replies to requests."""
        if type_ == "notice":
            self.notices.append((time.monotonic(), facts["code"]))
        elif type_ == "renamed":
            self.name = facts["you"]["name"]
        elif type_ == "online":
            self._change_people(facts)
        elif type_ == "history":
            self.pages.append(facts)
        elif type_ == "messages":
            self.found.append(facts["messages"])

    def _change_people(self, facts: dict[str, Any]) -> None:
        self.count = facts["count"]
        for person in (*facts.get("joined", ()), *facts.get("renamed", ())):
            self.people[person["id"]] = person["name"]
            if person["id"] == self.me:
                self.name = person["name"]
        for person in facts.get("left", ()):
            self.left.append((time.monotonic(), person["id"]))
            self.people.pop(person["id"], None)
