"""A room with so many people that the page has only some of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from .fake_server import ME
from .steps import Staged


def visits_a_crowd(staged: Staged) -> list[dict[str, str]]:
    """Anna opens a room with 500 others, of whom `welcome` has the first; returns all, which `people` finds."""
    anna, fake = staged
    everyone = [ME, *({"id": f"p{n:03}", "name": f"Участник {n:03}"} for n in range(500))]
    fake.next_welcome(online={"count": len(everyone), "people": everyone[:200]})
    fake.answers["people"] = partial(found_among, everyone)
    anna.arrives()
    return everyone


def found_among(everyone: list[dict[str, str]], command: dict[str, Any]) -> dict[str, Any]:
    """The answer to `people`: in parts of 200."""
    query, start = str(command.get("query", "")).lower(), int(command["offset"])
    found = [person for person in everyone if query in person["name"].lower()]
    more = start + 200 if start + 200 < len(found) else None
    return {"type": "people", "people": found[start : start + 200], "count": len(found), "next": more}
