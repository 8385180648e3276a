"""People talk: what the chat is for, in real browsers on real servers."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect
from redis import Redis

from tests.support import Server
from wschat.redis_link.embedded import EmbeddedRedis

from .conftest import shoot
from .people import GREETING, People, Person


def test_two_people_on_two_servers_are_in_one_chat(browser: Browser, tmp_path: Path) -> None:
    """Two servers share one Redis: Anna and Boris see each other's messages and count, and she sees him leave."""
    first = Server(tmp_path).start()
    second = Server(tmp_path).start()  # one data folder, one Redis
    people = People(browser, first.url)
    try:
        anna, boris = people.comes("Анна"), people.comes("Борис", url=second.url)
        anna.sees_online("Анна", "Борис")
        boris.sees_online("Борис", "Анна")
        anna.says("Привет с первого")
        boris.sees("Привет с первого")
        boris.says("Привет со второго")
        anna.sees("Привет со второго")
        boris.context.close()
        anna.sees_online("Анна")
        assert list(people.leave()) == []
    finally:
        second.kill()
        first.stop()


def test_a_newcomer_is_asked_for_a_name_once(people: People) -> None:
    """The page asks for a name, greets, and recognizes the person after a reload."""
    anna = people.comes().visits()
    expect(anna.dialog("join")).to_contain_text("Как вас зовут?")
    shoot(anna, "join")
    anna.answers("Анна")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.page.reload()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    expect(anna.dialog("join")).to_be_hidden()
    anna.sees_online("Анна")


def test_the_token_is_kept_in_local_storage(people: People) -> None:
    """There it stays when the tab is closed; it is no cookie, which the browser would send on its own."""
    anna = people.comes().visits()
    anna.answers("Анна")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    token = anna.page.evaluate("localStorage.getItem('wschat.token')")
    assert token.count(".") == 2
    assert anna.page.context.cookies() == []


def test_a_name_may_be_of_any_script(people: People) -> None:
    """Cyrillic, Arabic, Persian, Chinese and emoji names are in everyone's list as they are, one's own first."""
    names = ["Ёлка", "إيان", "علی\u200cرضا", "小明", "Ann 🚀", "👨\u200d👩\u200d👧\u200d👦"]
    everyone = [people.comes(name) for name in names]
    for name, person in zip(names, everyone, strict=True):
        expect(person.people).to_have_count(len(names))
        assert sorted(person.people.all_text_contents()) == sorted(names)
        expect(person.people.first).to_have_text(name)


def test_enter_and_the_button_both_send(anna: Person, boris: Person) -> None:
    """The field is empty and focused afterwards."""
    anna.says("Клавишей")
    boris.sees("Клавишей")
    anna.writes("Кнопкой")
    anna.send.click()
    boris.sees("Кнопкой")
    expect(anna.field).to_have_value("")
    expect(anna.field).to_be_focused()


def test_a_newcomer_sees_what_was_said(anna: Person, people: People) -> None:
    """The newest messages are there after joining."""
    anna.says("Раньше всех")
    anna.sees("Раньше всех")
    people.comes("Вера").sees("Раньше всех")


def test_what_people_write_is_text(anna: Person, boris: Person) -> None:
    """Markup is shown as it was written and has no effect."""
    anna.says("<img src=x onerror=alert(1)><b>жирно</b>")
    boris.sees("<img src=x onerror=alert(1)><b>жирно</b>")
    expect(boris.list.locator("img, b")).to_have_count(0)


def test_two_tabs_of_one_person_are_one_person(anna: Person) -> None:
    """The list counts people, not tabs."""
    anna.second_tab()
    anna.sees_online("Анна")


def test_a_room_has_an_address(anna: Person, people: People) -> None:
    """Messages of one room don't reach another, and the header shows the room."""
    other = people.comes("Борис", url=f"{anna.url}-другая")
    expect(other.page.locator(".bar-room")).to_contain_text("-другая")
    anna.says("Здесь")
    anna.sees("Здесь")
    other.sees_online("Борис")
    expect(other.page.get_by_text("Здесь", exact=True)).to_have_count(0)


def test_a_program_that_publishes_is_heard(server: Server, people: People) -> None:
    """`PUBLISH chat "text"` reaches the main room's page, marked as coming from outside."""
    anna = people.comes("Анна", url=server.url)
    with Redis.from_url(EmbeddedRedis(server.data).url) as redis:
        redis.publish("chat", "Сборка готова")
    anna.sees("Сборка готова")
    expect(anna.page.locator(".outside")).to_have_text("бот")


def test_room_that_cannot_be(people: People, server: Server) -> None:
    """An address that can't be a room's says so, and leads to the main room."""
    gleb = people.comes(url=f"{server.url}/r/a%20b").visits()
    expect(gleb.dialog("join")).to_contain_text("Так комнату назвать нельзя")
    shoot(gleb, "state-room-invalid")
    gleb.dialog("join").get_by_role("link", name="Перейти в главную комнату").click()
    gleb.answers("Глеб")
    expect(gleb.page.get_by_text(GREETING)).to_be_visible()
