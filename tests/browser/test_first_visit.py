"""What somebody asks of the server who comes for the first time."""

from __future__ import annotations

import re
from pathlib import Path

from .people import People, script, until

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
# What was asked for before the extras, which the page fetches 5 s after the chat came to be of use.
ASKED_FOR = """performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
    .filter(({ startTime }) => startTime < usable + 5000).map(({ name }) => name)"""


def test_a_first_visit_takes_as_many_requests_as_the_docs_say(people: People) -> None:
    """A proxy must allow as many to each of those who share an address; the WebSocket is one of them."""
    said = re.search(r"a first visit takes (\d+) requests until one is in the chat", OPERATIONS.read_text("utf-8"))
    assert said is not None
    files = int(said[1]) - 1
    anna = people.comes()
    anna.page.add_init_script(script("observe"))
    anna.visits("Анна")
    until(anna.page, lambda: len(anna.page.evaluate(ASKED_FOR)) >= files)
    anna.page.wait_for_timeout(1_000)
    assert len(asked_for := anna.page.evaluate(ASKED_FOR)) == files, asked_for
