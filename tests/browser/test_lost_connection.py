"""A connection that is lost: what the strip says, from the first second on, and how the page comes back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.support import Server
from tests.support.embedded_data import Data

from .conftest import shoot
from .fake_server import message
from .people import People
from .steps import Staged

STRIP_CODE = re.compile(r"/js/views/header/status-bar\.js")


def test_reconnecting(timed: Staged) -> None:
    """After two seconds the page reports the lost connection and counts down to a retry; a button retries at once."""
    anna, fake = timed
    anna.arrives()
    fake.refuses_connections = True
    anna.page.clock.pause_at("2026-11-23T12:01:00Z")
    fake.closes(1012)
    anna.page.clock.run_for(1_000)
    expect(anna.strip).to_be_empty()
    anna.page.clock.resume()
    for _ in range(8):
        anna.page.clock.run_for(1_000)
    expect(anna.strip).to_contain_text(re.compile(r"Нет связи. Подключимся через \d+\sс"))
    expect(anna.strip.locator(".visually-hidden")).to_have_text("Нет связи. Подключаемся…")
    expect(anna.field).to_be_editable()
    shoot(anna, "state-reconnecting")
    fake.refuses_connections = False
    fake.next_welcome(recovered=True)
    anna.strip.get_by_role("button", name="Подключиться сейчас").click()
    anna.page.clock.run_for(100)
    expect(anna.strip).to_have_text("Снова на связи")
    shoot(anna, "state-back")
    anna.page.clock.run_for(2_500)
    expect(anna.strip).to_be_empty()


def test_no_network(own_server: Server, people: People) -> None:
    """Without a network the page says so, and messages go out when it returns."""
    anna = people.comes("Анна", url=own_server.url)
    anna.context.set_offline(True)
    own_server.kill()
    expect(anna.strip).to_have_text("Нет сети. Сообщения отправятся, когда она появится")
    expect(anna.field).to_be_editable()
    anna.says("Из тоннеля")
    expect(anna.page.locator(".post-status")).to_have_text("Ждёт отправки")
    shoot(anna, "state-no-network")
    own_server.restart_at_same_port()
    anna.context.set_offline(False)
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)
    anna.sees("Из тоннеля")


@pytest.mark.slow
@pytest.mark.parametrize("is_answered", [True, False])
def test_a_loss_is_said_before_the_strip_was_fetched(timed: Staged, is_answered: bool) -> None:
    """A person who loses the connection right after joining reads so, even if the strip's code can't be fetched."""
    anna, fake = timed
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        if is_answered:
            route.abort("internetdisconnected")

    anna.page.route(STRIP_CODE, refuse)
    anna.arrives()
    fake.refuses_connections = True
    fake.closes(1012)
    for _ in range(8):
        anna.page.clock.run_for(1_000)
    expect(anna.strip).to_have_text("Нет связи. Подключаемся…")
    assert 1 <= len(asked) <= 3  # it isn't asked for all the time
    anna.page.unroute(STRIP_CODE)


@pytest.mark.slow
def test_being_offline_is_said_before_the_strip_was_fetched(timed: Staged) -> None:
    """So does who is offline right after joining; once the network is back, nothing is left of it."""
    anna, fake = timed
    anna.page.route(STRIP_CODE, lambda route: route.abort("internetdisconnected"))
    anna.arrives()
    anna.context.set_offline(True)
    fake.refuses_connections = True
    fake.closes(1012)
    anna.page.clock.run_for(1_000)
    expect(anna.strip).to_have_text("Нет сети. Сообщения отправятся, когда она появится")
    fake.refuses_connections = False
    fake.next_welcome(recovered=True)
    anna.context.set_offline(False)
    anna.page.clock.run_for(35_000)
    expect(anna.strip).to_be_empty()


@pytest.mark.slow
def test_back_past_a_message_that_was_erased(own_server: Server, people: People) -> None:
    """What was said around it while she was away is there, and what is said then."""
    anna = people.comes(url=own_server.url)
    is_away = False
    sockets: list[WebSocketRoute] = []

    def lets_through(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if is_away:
            socket.close(code=1012)
        else:
            socket.connect_to_server()

    anna.page.route_web_socket("**/ws", lets_through)
    anna.visits("Анна")
    boris = people.comes("Борис", url=own_server.url)
    boris.says("один")
    anna.sees("один")
    is_away = True
    sockets[-1].close(code=1012)
    for text in ("два", "три", "четыре"):
        boris.says(text)
        boris.sees(text)
    expect(boris.page.locator(".message[data-status]")).to_have_count(0)
    own_server.stop()
    Data(own_server.data).run(lambda redis: redis.xdel("{chat}:log", "2-0"))
    own_server.restart_at_same_port()
    is_away = False
    boris.says("пять")
    expect(anna.page.locator(".message .text")).to_have_text(["один", "три", "четыре", "пять"])


def test_a_message_that_is_missing_is_asked_for_after_a_random_time(timed: Staged) -> None:
    """All pages of the room may lack it, and the server has to let each of them in again."""
    anna, fake = timed
    anna.page.add_init_script("Math.random = () => 0.5")
    anna.arrives()
    anna.page.clock.pause_at("2026-11-23T12:01:00Z")
    fake.sends(message(1, "раз"), message(3, "три"))
    anna.page.clock.run_for(900)
    anna.sees("раз")
    fake.hears("hello", 1)
    said = [message(2, "два"), message(3, "три")]
    fake.next_welcome(recovered=True, seq=3, head=3, messages=said)
    anna.page.clock.run_for(200)
    assert fake.hears("hello", 2)[1]["resume"] == {"epoch": "e1", "seq": 1}
    anna.page.clock.run_for(200)
    expect(anna.page.locator(".message .text")).to_have_text(["раз", "два", "три"])


def test_back_with_a_gap_that_is_too_big(staged: Staged) -> None:
    """The missing messages are counted, and loaded on request."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "Первое")], seq=1, head=1)
    anna.visits()
    anna.sees("Первое")
    fake.next_welcome(messages=[message(n, f"№ {n}") for n in range(60, 110)], seq=109, head=109)
    fake.answers["history"] = lambda command: {
        "type": "history",
        "messages": [message(n, f"№ {n}") for n in range(10, 60)],
    }
    fake.closes(1012)
    expect(anna.list).to_contain_text("Часть сообщений не показана")
    anna.list.evaluate("(list) => list.scrollTo(0, 0)")
    shoot(anna, "state-gap")
    expect(anna.page.locator("#m10")).to_be_attached()
