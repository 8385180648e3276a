"""A message that is written while an older part of the room is read: it is in sight, though the end can't be loaded."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import shoot
from .fake_server import BORIS, message
from .old_parts import (
    NEWEST,
    answers_later,
    asks,
    gives,
    loses_the_connection,
    reads_an_old_part,
    reconnects,
    stores,
    writes_in_an_old_part,
)
from .people import until
from .steps import Staged, a_long_room, toast

pytestmark = pytest.mark.slow

BETWEEN = "Часть сообщений не показана"


def test_it_is_seen_without_a_connection_and_at_the_end_with_one(staged: Staged) -> None:
    """Below the old part, after a line that says that something lies between."""
    anna, fake = writes_in_an_old_part(staged)
    expect(anna.page.locator(".post-status")).to_have_text("Ждёт отправки")
    expect(anna.page.locator("[data-post]")).to_be_in_viewport()
    expect(anna.page.locator("[data-edge=between]")).to_have_text(BETWEEN)
    shoot(anna, "state-post-below-old-part")
    stores(fake)
    reconnects(staged)
    expect(anna.page.locator(f"#m{NEWEST + 1}")).to_be_in_viewport()
    anna.sees(f"№ {NEWEST}")
    expect(anna.page.locator("[data-edge=between]")).to_have_count(0)


def test_it_is_left_by_a_reader_who_scrolls_away(staged: Staged) -> None:
    """Who reads on in the old part isn't taken to the end when the connection is back."""
    anna, fake = writes_in_an_old_part(staged)
    expect(anna.page.locator("[data-post]")).to_be_in_viewport()
    anna.scrolls_to(-900)
    in_sight = anna.page.evaluate(
        "[...document.querySelectorAll('article')].find((each) => each.getBoundingClientRect().top > 200).id"
    )
    stores(fake)
    reconnects(staged)
    fake.hears_posts("Где я?")
    anna.page.wait_for_timeout(300)
    expect(anna.page.locator(f"#{in_sight}")).to_be_in_viewport()
    expect(anna.page.locator(f"#m{NEWEST + 1}")).to_have_count(0)


def test_it_leaves_a_reader_who_scrolls_away_while_the_end_is_loading(staged: Staged) -> None:
    """The answer comes to somebody who doesn't wait for it any more."""
    anna, fake = writes_in_an_old_part(staged)
    expect(anna.page.locator("[data-post]")).to_be_in_viewport()
    held = answers_later(fake)
    stores(fake)
    reconnects(staged)
    asked = asks(anna, held, for_the_end=True)
    anna.scrolls_to(-900)
    anna.page.wait_for_timeout(100)
    gives(fake, asked)
    anna.page.wait_for_timeout(300)
    expect(anna.page.locator(f"#m{NEWEST}")).to_have_count(0)


def test_it_is_in_sight_while_the_end_is_loading_and_left_by_who_scrolls_away(staged: Staged) -> None:
    """With a connection as well: on a slow one the reader needn't wait where they are."""
    anna, fake = staged
    reads_an_old_part(staged)
    held = answers_later(fake)
    anna.says("Где я?")
    expect(anna.page.locator("[data-post]")).to_be_in_viewport(timeout=3_000)  # the page waits for an answer for ten
    asked = asks(anna, held, for_the_end=True)
    anna.scrolls_to(-900)
    gives(fake, asked)
    anna.page.wait_for_timeout(300)
    expect(anna.page.locator("#m500")).to_be_attached()
    expect(anna.page.locator(f"#m{NEWEST}")).to_have_count(0)


def test_it_takes_the_reader_along_without_the_focus(staged: Staged) -> None:
    """Whoever has tapped into the list meanwhile, or reads with a screen reader, isn't put into the field."""
    anna, fake = writes_in_an_old_part(staged)
    stores(fake)
    anna.page.evaluate("document.activeElement.blur()")
    reconnects(staged)
    expect(anna.page.locator(f"#m{NEWEST + 1}")).to_be_in_viewport()
    anna.page.wait_for_timeout(200)
    expect(anna.field).not_to_be_focused()


def test_it_is_told_to_be_elsewhere_when_the_end_cant_be_loaded(staged: Staged) -> None:
    """The server has stored it, so it is below, where the page can't go."""
    anna, fake = staged
    reads_an_old_part(staged)
    stores(fake)
    fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
    anna.says("Где я?")
    toast(anna, "Не удалось загрузить")


def reads_near_the_end(staged: Staged) -> list[dict[str, Any]]:
    """Anna follows a link to an older part, below which less than a part lies; what she asks for from now on."""
    anna, fake = staged
    a_long_room(fake, NEWEST)
    anna.page.goto(f"{anna.url}/#m900")
    for first_or_last in (826, 975):
        expect(anna.page.locator(f"#m{first_or_last}")).to_be_attached()
    return answers_later(fake)


@pytest.mark.parametrize("is_refused", [True, False])
def test_the_end_is_there_with_the_part_below(staged: Staged, *, is_refused: bool) -> None:
    """So little lies below that it comes with the next part: what is answered about the end then changes nothing."""
    anna, fake = staged
    held = reads_near_the_end(staged)
    anna.says("Где я?")
    until(anna.page, lambda: len(held) == 2)
    newer, end = held
    gives(fake, newer)
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_attached()
    fake.sends(message(NEWEST + 1, "Здесь", BORIS))
    anna.sees("Здесь")
    if is_refused:
        fake.sends({"type": "error", "code": "busy", "ref": end["ref"]})
    else:
        gives(fake, end)
    anna.page.wait_for_timeout(300)
    anna.sees("Здесь")
    expect(anna.page.locator("#m900")).to_be_attached()
    assert not anna.page.evaluate("toasts")
    assert len(held) == 2


def test_the_way_to_an_end_that_is_there_needs_no_answer(staged: Staged) -> None:
    """It came with the part below while it was asked for: another press doesn't wait for that answer."""
    anna, fake = staged
    held = reads_near_the_end(staged)
    anna.page.locator(".to-end").click()
    until(anna.page, lambda: len(held) == 1)
    anna.scrolls_to(1_000_000)
    until(anna.page, lambda: len(held) == 2)
    gives(fake, held[1])
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_attached()
    anna.scrolls_to(-1000)
    anna.page.locator(".to-end").click()
    expect(anna.page.locator(f"#m{NEWEST}")).to_be_in_viewport(timeout=3_000)


def test_the_end_that_cant_be_loaded_leaves_who_reads_on(staged: Staged) -> None:
    """They stay where they have scrolled since, and aren't told of what they no longer wait for."""
    anna, fake = staged
    held = reads_near_the_end(staged)
    anna.page.locator(".to-end").click()
    until(anna.page, lambda: len(held) == 1)
    anna.scrolls_to(-200)
    in_sight = anna.page.evaluate(
        "[...document.querySelectorAll('article')].find((each) => each.getBoundingClientRect().top > 200).id"
    )
    fake.sends({"type": "error", "code": "busy", "ref": held[0]["ref"]})
    anna.page.wait_for_timeout(300)
    assert anna.page.evaluate("toasts") == []
    expect(anna.page.locator(f"#{in_sight}")).to_be_in_viewport()


def test_what_is_above_it_is_read(staged: Staged) -> None:
    """A post in sight has no number; the last message above it counts."""
    anna, fake = staged
    anna.page.add_init_script("""localStorage.setItem("wschat.read.chat", JSON.stringify({ epoch: "e1", seq: 455 }))""")
    fake.answers["post"] = lambda post: {"type": "error", "code": "internal", "id": post["id"]}
    reads_an_old_part(staged)
    anna.says("Где я?")
    expect(anna.page.locator("[data-post] .post-status")).to_contain_text("Повторить")
    a_long_room(fake, NEWEST)
    anna.page.reload()
    expect(anna.page.locator("#m500")).to_be_in_viewport()
    fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
    anna.scrolls_to(1_000_000)
    expect(anna.page.locator("[data-post]")).to_be_in_viewport()
    last = int((anna.page.locator("article:not([data-post])").last.get_attribute("id") or "")[1:])
    expect(anna.page.locator(".to-end")).to_contain_text(f"{NEWEST - last} нов")


def test_it_is_there_to_be_tried_again_when_it_failed(staged: Staged) -> None:
    """Its buttons are below whatever part is on the page."""
    anna, fake = staged
    reads_an_old_part(staged)
    loses_the_connection(staged)
    anna.says("Раз")
    fake.answers["post"] = lambda post: {"type": "error", "code": "internal", "id": post["id"]}
    fake.answers["history"] = lambda command: {"type": "error", "code": "busy"}
    reconnects(staged)
    expect(anna.page.locator("[data-post] .post-status")).to_contain_text("Повторить")
    expect(anna.page.locator("[data-post]")).to_be_in_viewport()
