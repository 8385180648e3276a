"""The connection to the server: how its loss is noticed, and how the page comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import message
from .people import GREETING, People, Person, until
from .steps import Staged


def test_coming_back_after_any_close_that_allows_it(timed: Staged) -> None:
    """After every code below 4500, including 1000, the page reconnects with its last position."""
    anna, fake = timed
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    for times, code in enumerate([1000, 1001, 1012, 4000, 4001, 4003, 4499], start=2):
        fake.closes(code)
        anna.page.clock.run_for(2_000)
        fake.hears("hello", times)
        assert fake.commands("hello")[-1]["resume"] == {"epoch": "e1", "seq": 0}


@pytest.mark.slow
def test_a_browser_is_known_before_the_first_welcome(staged: Staged) -> None:
    """It sends one secret with every attempt and from every tab, so it is always the same person."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.page.evaluate("localStorage.removeItem('wschat.token')")
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    first, second = (command["secret"] for command in fake.commands("hello"))
    assert first == second
    assert len(first) == 22


def test_stopped_and_woken_by_typing(staged: Staged) -> None:
    """Writing in a stopped chat reconnects."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.closes(4500)
    expect(anna.strip).to_contain_text("Чат остановлен")
    fake.next_welcome(recovered=True)
    anna.field.press_sequentially("П")
    expect(anna.strip.get_by_text("остановлен")).to_have_count(0)
    fake.hears("hello", 2)


@pytest.mark.slow
def test_stopped_and_woken_by_trying_again(staged: Staged) -> None:
    """So does «Повторить» at a message that wasn't sent, which would wait there for ever."""
    anna, fake = staged
    anna.arrives()
    fake.answers["post"] = lambda post: {"type": "error", "code": "internal", "id": post["id"]}
    anna.says("Раз")
    retry = anna.page.locator("[data-post]").get_by_role("button", name="Повторить")
    expect(retry).to_be_visible()
    fake.closes(4500)
    expect(anna.strip).to_contain_text("Чат остановлен")
    fake.next_welcome(recovered=True)
    retry.click()
    fake.hears("hello", 2)
    fake.hears_posts("Раз", "Раз")


def test_stopped_for_real(browser: Browser, tmp_path: Path) -> None:
    """A server with an idle time of six seconds warns and stops, and the page doesn't reconnect."""
    server = Server(tmp_path, "--idle-timeout", "6").start()
    people = People(browser, server.url)
    anna = people.comes("Анна")
    expect(anna.strip).to_contain_text("Чат остановлен")
    assert server.wait(30) == 0
    assert list(people.leave()) == []


@pytest.mark.slow
def test_an_invitation_that_has_ended_is_no_removal(staged: Staged) -> None:
    """After close code 4502, the site's next token reconnects the page and closes the dialog."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.closes(4502)
    expect(anna.dialog("join")).to_contain_text("Приглашение недействительно или устарело.")
    expect(anna.dialog("join")).to_contain_text("Срок приглашения истёк")
    expect(anna.strip).to_be_empty()
    fake.next_welcome(recovered=True)
    anna.page.evaluate("location.hash = '#jwt=a.b.c'")
    expect(anna.dialog("join")).to_be_hidden()
    assert fake.commands("hello")[-1]["jwt"] == "a.b.c"


@pytest.mark.slow
@pytest.mark.parametrize(("code", "title"), [(4502, "Срок приглашения истёк"), (4501, "Вас удалили из комнаты")])
def test_what_ended_while_the_page_was_loading_is_said(staged: Staged, code: int, title: str) -> None:
    """The socket is there before the views are, which then find that they have missed its end."""
    anna, fake = staged
    held: list[Route] = []
    anna.page.route("**/js/page.js", lambda route: held.append(route))
    anna.page.goto(anna.url, wait_until="commit")
    fake.hears("hello", 1)
    fake.closes(code)
    until(anna.page, lambda: held)
    anna.page.wait_for_timeout(200)
    held[0].continue_()
    expect(anna.page.locator("dialog[open]")).to_contain_text(title)


def test_a_dead_link_is_found_out(timed: Staged) -> None:
    """After twenty silent seconds the page sends a ping, and without an answer in five it reconnects."""
    anna, fake = timed
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.answers["ping"] = []
    for _ in range(6):
        anna.page.clock.run_for(5_000)
    anna.page.clock.run_for(2_000)
    fake.hears("hello", 2)
    assert len(fake.commands("ping")) >= 1


def test_waking_up_asks_whether_the_link_lives(staged: Staged) -> None:
    """The page checks it when it becomes visible again and when the network returns."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    anna.has_hidden_tab(False)
    fake.hears("ping", 1)


def test_same_version(anna: Person) -> None:
    """A page of the server's own version isn't reported as outdated."""
    anna.page.wait_for_timeout(300)
    expect(anna.strip).to_be_empty()


def test_hostile_server_events_change_nothing(people: People, server: Server) -> None:
    """The page ignores unknown events and frames that aren't events."""
    anna, fake = fake_for(people, server)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends({"type": "from_the_future", "x": 1}, {"no": "type"})
    fake.sends(message(1, "Дальше"))
    anna.sees("Дальше")


def test_back_with_the_gap_filled(own_server: Server, people: People) -> None:
    """After a server was killed and restarted, Anna gets exactly what she missed, and her own posts go out in order."""
    anna = people.comes("Анна", url=own_server.url)
    anna.says("До")
    anna.sees("До")
    own_server.kill()
    for text in ("Раз", "Два", "Три"):
        anna.says(text)
    own_server.restart_at_same_port()
    boris = people.comes("Борис", url=own_server.url)
    boris.sees("Три")
    expect(boris.page.locator(".message .text")).to_have_text(["До", "Раз", "Два", "Три"])
    expect(anna.page.locator(".message .text")).to_have_text(["До", "Раз", "Два", "Три"])
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)


def test_history_lost(staged: Staged) -> None:
    """When the room's log is lost, the page says so and starts anew."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "Старое")], seq=1, head=1)
    anna.visits()
    anna.sees("Старое")
    fake.sends({"type": "reset", "epoch": "e2", "seq": 1, "messages": [message(1, "Новое", epoch="e2")]})
    expect(anna.list).to_contain_text("Прежних сообщений больше нет")
    anna.sees("Новое")
    expect(anna.page.get_by_text("Старое")).to_have_count(0)


def test_emptied_room(staged: Staged) -> None:
    """A room whose messages are gone doesn't say that nobody has written there."""
    anna, fake = staged
    anna.visits()
    expect(anna.list).to_contain_text("Здесь ещё ничего не писали")
    fake.sends({"type": "reset", "epoch": "e2", "seq": 0, "messages": []})
    expect(anna.list).to_contain_text("Прежних сообщений больше нет")
    expect(anna.list).not_to_contain_text("Здесь ещё ничего не писали")
