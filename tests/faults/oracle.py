"""The invariants that must hold, whatever happened.

A are the acknowledged posts, L is the room's log, R(c) what visitor c showed. Always: every A is in L, under the
number that was acknowledged; no id stands twice in L; each R(c) is L from where c began, in the same order, without
a hole and without anything twice; nothing is left in an outbox. L has messages and their changes. In the end each
message looks the same on every screen as to a newcomer, as its author last had confirmed and as somebody asked for, and
no deleted text is on a screen or in Redis. A change may be refused as `gone` only with the log: then its visitor is in
another life of it in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec

from .changes import compare
from .visitor import Visitor


class Broken(AssertionError):
    """A promise is broken."""


class _Entry(msgspec.Struct):
    type: str
    seq: int
    epoch: str
    id: str


@dataclass
class Verdict:
    """The accounts of one run. All but `posts` must be 0."""

    posts: int = 0
    lost: int = 0
    stored_twice: int = 0
    shown_twice: int = 0
    out_of_order: int = 0
    holes: int = 0
    unsent: int = 0
    anomalies: list[str] = field(default_factory=list)

    def __add__(self, other: Verdict) -> Verdict:
        """Of two rooms together."""
        return Verdict(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __str__(self) -> str:
        """For a reader of docs/reliability.md: what isn't 0."""
        wrong = {
            "lost": self.lost, "stored twice": self.stored_twice, "shown twice": self.shown_twice,
            "out of order": self.out_of_order, "holes": self.holes, "unsent": self.unsent,
            "anomalies": len(self.anomalies),
        }  # fmt: skip
        found = ", ".join(f"{number:,} {what}" for what, number in wrong.items() if number)
        return f"{self.posts:,} posts: {found or 'as promised'}"

    def hold(self) -> Verdict:
        """Raises Broken when anything isn't as promised."""
        if any((self.lost, self.stored_twice, self.shown_twice, self.out_of_order, self.holes, self.unsent)):
            raise Broken(str(self))
        if self.anomalies:
            raise Broken(f"{len(self.anomalies)} anomalies: {self.anomalies[:5]}")
        return self


Log = dict[tuple[str, int], str]
"""The id of the message at each position."""


def account(
    log: Sequence[tuple[int, bytes]],
    position: tuple[str, int],
    visitors: Iterable[Visitor],
    *,
    lost_before: float = 0.0,
) -> Verdict:
    """Compare what is stored with what was acknowledged and shown.

    `position` is where the log stands. Posts that were acknowledged before `lost_before` (loop time) are excused from
    being in the log: it was thrown away then on purpose.
    """
    visitors = list(visitors)
    stored = [(seq, msgspec.json.decode(data, type=_Entry)) for seq, data in log]
    verdict = Verdict()
    ids = Counter(entry.id for _, entry in stored)
    verdict.posts = len({entry.id for _, entry in stored if entry.type == "message"})
    verdict.stored_twice = sum(count - 1 for count in ids.values())
    here = {message.id: seq for seq, message in stored}
    for visitor in visitors:
        for post, acks in visitor.acked.items():
            verdict.lost += any(ack.at >= lost_before and here.get(post) != ack.seq for ack in acks)
        verdict.unsent += len(visitor.outbox)
        verdict.anomalies += [f"{visitor.name}: {anomaly}" for anomaly in visitor.anomalies]
    rows = _rows(stored, position[0], visitors)
    for visitor in visitors:
        _check_shown(visitor, rows, position, verdict)
    return verdict


def _rows(stored: Sequence[tuple[int, _Entry]], epoch: str, visitors: Iterable[Visitor]) -> Log:
    """The log as it is, and lives of it that are over as those remember who saw them (the first one counts)."""
    rows: Log = {}
    for visitor in visitors:
        for stretch in visitor.stretches:
            for seq, post in (*stretch.snapshot, *stretch.shown):
                if stretch.epoch != epoch:
                    rows.setdefault((stretch.epoch, seq), post)
    for seq, message in stored:
        rows[epoch, seq] = message.id
    return rows


def _check_shown(visitor: Visitor, rows: Log, position: tuple[str, int], verdict: Verdict) -> None:
    for stretch in visitor.stretches:
        seen: set[str] = set()
        verdict.out_of_order += sum(rows.get((stretch.epoch, seq)) != post for seq, post in stretch.snapshot)
        before = stretch.base
        for seq, post in stretch.shown:
            if post in seen:
                verdict.shown_twice += 1
            elif seq <= before or rows.get((stretch.epoch, seq)) != post:
                verdict.out_of_order += 1
            elif seq != before + 1:
                verdict.holes += seq - before - 1
            seen.add(post)
            before = max(before, seq)
    if visitor.comes_back and visitor.stretches:
        last = visitor.stretches[-1]
        reached = last.shown[-1][0] if last.shown else last.base
        if last.epoch != position[0]:
            verdict.anomalies.append(f"{visitor.name}: still in a life of the log that is over")
        verdict.holes += max(0, position[1] - reached)


def check_changes(visitors: Iterable[Visitor], newcomer: dict[int, dict[str, Any]], everything: bytes) -> list[str]:
    """Find broken promises about changed messages. `newcomer`: the changed messages, as somebody sees them who comes
    now; `everything`: all that Redis has.
    """
    visitors = [visitor for visitor in visitors if visitor.comes_back and visitor.stretches]
    found: list[str] = []
    deleted = {text for visitor in visitors for text in visitor.changer.deleted}
    for visitor in visitors:
        stretch = visitor.stretches[-1]
        on_screen = {seq for seq, _ in (*stretch.snapshot, *stretch.shown)}
        differences = compare(visitor.screen.forms, newcomer, on_screen)
        found += [f"{visitor.name}: {difference}" for difference in differences]
        confirmed = visitor.changer.texts.items()
        found += [f"{visitor.name}: {seq} isn't {text!r}" for seq, text in confirmed
                  if newcomer.get(seq, {}).get("text", "") != text]  # fmt: skip
        found += [f"{visitor.name} shows a deleted text" for text in visitor.screen.texts if text in deleted]
        refused = visitor.changer.refusals
        found += [f"{visitor.name}: {complaint}" for epoch, complaint in refused if epoch == stretch.epoch]
    found += _check_asked(visitors, newcomer.values())
    return found + [f"Redis has a deleted text: {text}" for text in deleted if f'"{text}"'.encode() in everything]


def _check_asked(visitors: list[Visitor], changed: Iterable[dict[str, Any]]) -> list[str]:
    """Messages that are as nobody asked for: a change met another message than the one that it was made for."""
    asked: dict[str, set[tuple[str, str]]] = {}
    for visitor in visitors:
        asked.setdefault(visitor.me, set()).update(visitor.changer.asked)
    found: list[str] = []
    for message in changed:
        made = [(message["from"]["id"], message.get("text", ""))] if "edited" in message else []
        made += [(person, one["emoji"]) for one in message.get("reactions", ()) for person in one["people"]]
        found += [f"nobody asked that {message['id']} became {what!r}" for person, what in made
                  if person in asked and (message["id"], what) not in asked[person]]  # fmt: skip
    return found
