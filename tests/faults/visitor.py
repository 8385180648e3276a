"""A visitor: does what the page does (docs/protocol.md), and remembers everything that it showed."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import Callable
from typing import Any

from .changes import Changer
from .memory import Acked, Event, read_event
from .page import Page
from .wire import Wire, connect

FIRST_DELAY, LAST_DELAY = 0.5, 5.0  # s between attempts: they grow, and half of each is chance
SILENCE = 8.0  # s without a word after which the socket is asked whether it lives
ANSWER = 4.0  # s without an answer after which it is given up
OWN = "message "  # how texts begin that their author may change: no two are the same
RESTARTING, RESTART_DELAY = 1012, 0.3  # s at most before the first attempt after this code
STAY_AWAY = range(4500, 5000)


class Visitor(Page):
    """One tab. It goes to the first of `urls`, and after a broken connection to another. `showed` hears of each
    message shown (id, loop time), `ended` of each end of a connection (close code).
    """

    def __init__(
        self,
        name: str,
        urls: list[str],
        chance: random.Random,
        *,
        room: str = "chat",
        history: int = 0,
        showed: Callable[[str, float], None] = lambda post, at: None,
        ended: Callable[[int], None] = lambda code: None,
    ) -> None:
        super().__init__(name, showed)
        self.urls = urls
        self.room = room
        self.acked: dict[str, list[Acked]] = {}
        self.refused: dict[str, str] = {}
        self.outbox: dict[str, str] = {}  # id -> text, in order, until acknowledged
        self.said_at: dict[str, float] = {}
        self.errors: list[tuple[float, str]] = []
        self.closes: list[tuple[float, int]] = []
        self.failed: list[float] = []  # attempts to connect
        self.comes_back = True
        self.keep_acks = True
        self.gives_way = False  # where somebody else has its name, take the one that the server suggests
        self._is_deaf = False
        self.wire: Wire | None = None
        self.answers: dict[str, str] = {}  # ref -> done, or the code of the error
        self.changer = Changer(self.command, chance)
        self._texts: dict[str, str] = {}  # id -> text of one's own posts
        self._chance = chance
        self._history = history
        self._token = ""
        self._secret = secrets.token_urlsafe(12)
        self._sent: set[str] = set()
        self._window = 32
        self._not_before = 0.0
        self._told_end = ended
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # -- what a test does with it ------------------------------------------------------

    def come(self) -> None:
        """Open the page, or open it again: what it had is kept."""
        self.comes_back = True
        self._task = asyncio.ensure_future(self._live())

    async def leave(self) -> None:
        """Close the page."""
        self.comes_back = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.wire is not None:
            self.wire.cut()

    def say(self, text: str) -> str:
        """Write something; it is kept until it is acknowledged."""
        post = secrets.token_urlsafe(9)
        self.outbox[post] = self._texts[post] = text
        self.said_at[post] = _now()
        self._send_outbox()
        return post

    def change(self) -> None:
        """Edit or delete something of one's own, or react to something recent; it is repeated until it is answered."""
        if not self.is_joined or self.position is None:
            return
        epoch = self.position[0]
        own = {seq: self._texts[post] for seq, post in self.ids.items() if self._texts.get(post, "").startswith(OWN)}
        recent = [seq for seq, _ in self.stretches[-1].shown[-20:]]
        self.changer.begin(own, recent, self.ids, epoch)

    def ask(self, type_: str, seq: int, **fields: Any) -> None:
        """Ask for a change of a message, once."""
        self.changer.note(self.ids[seq], fields)
        self.command(type_, seq=seq, **fields)

    def deafen(self) -> None:
        """Stop reading, and don't notice."""
        assert self.wire is not None
        self._is_deaf = True
        self.wire.deafen()

    def listen(self) -> None:
        """Read again."""
        assert self.wire is not None
        self._is_deaf = False
        self.wire.listen()

    def take_identity_of(self, other: Visitor) -> None:
        """Be another tab of the same person from the next connection on."""
        self.name, self._token, self._secret = other.name, other._token, other._secret

    def command(self, type_: str, **fields: Any) -> None:
        if self.wire is not None:
            self.wire.send(json.dumps({"type": type_, **fields}).encode())

    # -- connecting ----------------------------------------------------------------------

    async def _live(self) -> None:
        attempt = 0
        url = self.urls[0]
        while self.comes_back:
            self._gone.clear()
            try:
                self.wire = await connect(url, self._heard, self._ended)
            except (OSError, asyncio.TimeoutError):
                self.failed.append(_now())
                attempt += 1
            else:
                self._hello()
                known = len(self.welcomes)
                await self._watch()
                attempt = 1 if len(self.welcomes) > known else attempt + 1
                self.is_joined = False
            url = self._chance.choice([other for other in self.urls if other != url] or self.urls)
            await asyncio.sleep(self._delay(attempt))

    def _delay(self, attempt: int) -> float:
        if attempt == 1 and self.closes and self.closes[-1][1] == RESTARTING:
            return RESTART_DELAY * self._chance.random()
        longest = min(LAST_DELAY, FIRST_DELAY * 2.0 ** (attempt - 1))
        return longest / 2 + longest / 2 * self._chance.random()

    async def _watch(self) -> None:
        """Until the connection is gone; a silent one is asked, and cut when it doesn't answer."""
        assert self.wire is not None
        asked = 0.0
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            while not gone.done():
                await asyncio.wait([gone], timeout=1.0)  # not wait_for, which may swallow a cancellation
                now = _now()
                if self._is_deaf or gone.done():
                    continue
                if self.wire.heard_at > asked and now - self.wire.heard_at > SILENCE:
                    asked = now
                    self.command("ping")
                elif self.wire.heard_at <= asked < now - ANSWER:
                    self.wire.cut()
                self._send_outbox()
                if self.is_joined and now >= self._not_before:
                    self.changer.send()
        finally:
            gone.cancel()

    def _hello(self) -> None:
        self._sent.clear()
        hello: dict[str, Any] = {"name": self.name, "room": self.room, "history": self._history, "secret": self._secret}
        if self._token:
            hello["token"] = self._token
        if self.position:
            hello["resume"] = {"epoch": self.position[0], "seq": self.position[1]}
        self.command("hello", **hello)

    def _ended(self, code: int) -> None:
        self.closes.append((_now(), code))
        self.is_joined = False
        self._told_end(code)
        if code in STAY_AWAY:
            self.comes_back = False
        self._gone.set()

    # -- what the server says --------------------------------------------------------------

    def _heard(self, payload: bytes) -> None:
        if self.wire is not None and self.wire.is_closed:
            self.anomalies.append("something came after the close frame")
        event = read_event(payload)
        if event.type == "message":
            if event.outside:
                self.outside.append(json.loads(payload)["text"])
            else:
                self.show_message(event, payload)
        elif event.type == "amended":
            self.show_message(event, payload)
        elif event.type == "ack":
            self._ack(event)
        else:
            self._rare(event, payload)

    def _ack(self, event: Event) -> None:
        if not self.keep_acks:
            return
        self.outbox.pop(event.id, None)
        self._sent.discard(event.id)
        epoch = self.position[0] if self.position else ""
        self.acked.setdefault(event.id, []).append(Acked(event.seq, epoch, _now()))
        self._send_outbox()

    def _rare(self, event: Event, payload: bytes) -> None:
        facts = json.loads(payload)
        if event.type == "welcome":
            self._welcome(facts)
        elif event.type == "reset":
            self.start_over("lost" if facts["epoch"] != self.stretches[-1].epoch else "trimmed", facts)
        elif event.type == "error":
            self._error(event, facts)
        elif event.type == "done":
            self.answers[event.ref] = "done"
            self.changer.on_done(event.ref)
        else:
            self.note(event.type, facts)

    def _welcome(self, facts: dict[str, Any]) -> None:
        self._token = facts["token"] or self._token
        self._window = facts["limits"]["posts_waiting"]
        self.enter(facts)
        if facts["recovered"]:
            self.recover(facts)
        else:
            self.start_over("lost" if facts["lost"] else "trimmed" if self.stretches else "start", facts)
        self._send_outbox()
        self.changer.send()

    def start_over(self, why: str, facts: dict[str, Any]) -> None:
        super().start_over(why, facts)
        if why == "lost":
            self.changer.start_over()

    def _error(self, event: Event, facts: dict[str, Any]) -> None:
        self.errors.append((_now(), event.code))
        if event.ref:
            self.answers[event.ref] = event.code
        if event.ref and event.ref == self.changer.ref:
            if event.code in ("busy", "unavailable", "rate_limited"):
                self._not_before = max(self._not_before, _now() + event.retry_after)
            if complaint := self.changer.on_error(event.ref, event.code):
                self.anomalies.append(complaint)
            return
        if event.code in ("busy", "unavailable", "rate_limited") and event.id:
            self._sent.discard(event.id)
            self._not_before = _now() + event.retry_after
        elif event.id:
            self.outbox.pop(event.id, None)
            self.refused[event.id] = event.code
        elif event.code == "name_taken" and self.gives_way:
            self.name = facts["suggestion"]
            self._hello()
        elif event.code == "name_taken":
            self.anomalies.append("somebody else, or a ghost of their own, had their name")

    # -- the outbox --------------------------------------------------------------------------

    def _send_outbox(self) -> None:
        """Send what waits, in order, as many as may wait at the server."""
        if not self.is_joined or _now() < self._not_before:
            return
        for post, text in self.outbox.items():
            if len(self._sent) >= self._window:
                return
            if post not in self._sent:
                self._sent.add(post)
                self.command("post", id=post, text=text)


_now = time.monotonic  # the event loop's clock too
