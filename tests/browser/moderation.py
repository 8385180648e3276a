"""Steps of the tests of moderation: entering, the acts of a moderator, and what must be seen then."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from playwright.sync_api import Locator, expect

from .fake_server import BORIS, ME, FakeServer, message
from .people import GREETING, Person, until
from .steps import Staged

RULES = {"version": 1, "slow": 0, "read_only": False, "locked": False, "password": False, "topic": ""}
MODERATOR = {**ME, "role": "moderator"}
VERA = {"id": "vera", "name": "Вера", "role": "moderator"}
GLEB = {"id": "gleb", "name": "Глеб"}
BARRED = [
    {"person": BORIS, "act": "mute", "seconds": 540, "by": ME, "time": "2026-11-23T12:00:00.000Z"},
    {"person": GLEB, "act": "remove", "seconds": 0, "by": ME, "time": "2026-11-23T11:00:00.000Z"},
]
ACTS = [{name: each[name] for name in ("act", "by", "time", "person", "seconds")} for each in BARRED]
SIZES = [(320, 640), (390, 844), (1280, 800), (320, 256)]


def enters(staged: Staged, **welcome: Any) -> Person:
    """Anna in a room where Boris has written."""
    anna, fake = staged
    online = {"count": 3, "people": [MODERATOR if welcome.get("role") else ME, BORIS, VERA]}
    messages = [message(1, "Реклама"), message(2, "Добрый день", VERA)]
    fake.next_welcome(**{"messages": messages, "seq": 2, "head": 2, "online": online, "rules": RULES, **welcome})
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    return anna


def moderates(staged: Staged, barred: list[dict[str, Any]] = BARRED, **welcome: Any) -> Person:
    """Anna, who came by a moderator's link, and the people kept out there."""
    staged[1].answers["moderate"] = lambda command: {
        "type": "done",
        **({"barred": barred, "acts": ACTS} if command["act"] == "barred" else {}),
    }
    return enters(staged, role="moderator", **welcome)


def acts(fake: FakeServer) -> list[dict[str, Any]]:
    """The acts so far: the commands without the fields common to all, and without queries."""
    done = [command for command in fake.commands("moderate") if command["act"] != "barred"]
    return [{name: value for name, value in command.items() if name not in ("type", "ref")} for command in done]


def did(person: Person, fake: FakeServer, *expected: dict[str, Any]) -> None:
    """Exactly this was done so far."""
    until(person.page, lambda: len(acts(fake)) >= len(expected))
    assert acts(fake) == list(expected)


def deleted(author: dict[str, Any], *, moderated: bool, of: int = 1, seq: int = 3) -> dict[str, Any]:
    """A message, by the entry `seq` of the room."""
    form = {**message(of, "", author), "rev": seq, "edited": datetime.now(timezone.utc).isoformat(), "deleted": True}
    del form["text"]
    form |= {"moderated": True} if moderated else {}
    return {"type": "amended", "seq": seq, "epoch": "e1", "id": "x", "message": form}


def rules(fake: FakeServer, **changed: Any) -> None:
    fake.sends({"type": "rules", **RULES, "version": 2, **changed})


def menu(person: Person, of: Locator) -> Locator:
    """The open menu of a message or a person."""
    more = of.locator(".message-more, .person-more")

    def is_offered() -> bool:
        of.hover()  # again: what is under the pointer may just be moving
        return more.count() > 0

    until(person.page, is_offered)
    more.click()
    opened = person.page.get_by_role("menu")
    expect(opened).to_be_visible()
    return opened


def panel(person: Person) -> Locator:
    dialog = person.opens("moderation")
    expect(dialog.locator(".moderation-row").first).to_be_visible()
    return dialog
