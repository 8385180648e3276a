"""The page when servers die: people see each message once, whatever happened between two of them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from redis import Redis
from redis.exceptions import RedisError

from tests.faults.proxy import Proxy
from tests.faults.waiting import end_all
from tests.support import Server
from wschat.redis_link.embedded import EmbeddedRedis

from .people import People, Person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PATIENCE = 45_000  # ms: the page waits up to 30 s between attempts


@pytest.fixture
def own_people(browser: Browser, own_server: Server) -> Iterator[People]:
    """People on a server that a test may kill; afterwards no browser may have complained."""
    people = People(browser, own_server.url)
    yield people
    assert list(people.leave()) == []


def talk(people: list[Person], word: str, count: int, pause: float = 0.15) -> list[str]:
    """They write in turn, and wait for nothing."""
    texts = []
    for number in range(count):
        text = f"{word} {number}"
        people[number % len(people)].says(text)
        texts.append(text)
        time.sleep(pause)
    return texts


def each_sees_each_message_once(people: list[Person], texts: list[str]) -> None:
    """In one order for all, with nothing missing, nothing twice, and nothing still on its way."""
    for person in people:
        expect(person.messages).to_have_count(len(texts), timeout=PATIENCE)
    seen = [person.page.locator(".message .text").all_inner_texts() for person in people]
    assert all(sorted(each) == sorted(texts) for each in seen)
    assert all(each == seen[0] for each in seen)
    for number, person in enumerate(people):
        own = [text for text in seen[0] if texts.index(text) % len(people) == number]
        assert own == [text for text in texts if text in own], f"{person.url}: not in the order of writing"


def test_a_killed_server_loses_no_message(own_server: Server, own_people: People) -> None:
    """Two people write while the server is killed and started again, and each sees each message once."""
    both = [own_people.comes("Анна"), own_people.comes("Борис")]
    texts = talk(both, "до", 6)
    own_server.kill()
    texts += talk(both, "без сервера", 6)
    own_server.restart_at_same_port()
    texts += talk(both, "после", 6)
    each_sees_each_message_once(both, texts)


def test_a_killed_redis_loses_no_message(own_server: Server, own_people: People) -> None:
    """Redis is killed for ten seconds while two people write, and each finally sees each message once."""
    both = [own_people.comes("Анна"), own_people.comes("Борис")]
    texts = talk(both, "до", 6)
    with redis_away(own_server.data, 10.0):
        texts += talk(both, "без Redis", 8, pause=1.0)
    texts += talk(both, "после", 6)
    each_sees_each_message_once(both, texts)


@contextmanager
def redis_away(data: Path, seconds: float) -> Iterator[None]:
    """Kill the embedded Redis of a data folder, and again whenever it has been brought back, for so many seconds."""
    url = EmbeddedRedis(data).url

    def kill() -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with Redis.from_url(url) as client:
                    os.kill(client.info("server")["process_id"], signal.SIGKILL)
            except (RedisError, OSError):  # it isn't back yet
                time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()


@pytest.fixture
def cable(own_server: Server) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """Another way to the server: its address, and what pulls the cable and puts it back."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    proxy = Proxy(("127.0.0.1", own_server.port), random.Random(1))

    def run(work: Callable[[], object]) -> None:
        loop.call_soon_threadsafe(work)

    asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result(10)
    yield f"http://127.0.0.1:{proxy.port}", lambda: run(proxy.fall_silent), lambda: run(proxy.wake_up)
    asyncio.run_coroutine_threadsafe(proxy.__aexit__(), loop).result(10)
    asyncio.run_coroutine_threadsafe(end_all(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_tab_that_slept_fills_its_gap(
    own_people: People, cable: tuple[str, Callable[[], None], Callable[[], None]]
) -> None:
    """Anna's laptop sleeps for a minute while Boris writes, wakes with a dead socket, and misses nothing."""
    url, falls_asleep, wakes_up = cable
    anna, boris = own_people.comes(url=url).visits("Анна"), own_people.comes("Борис")
    texts = talk([anna, boris], "до", 4)
    each_sees_each_message_once([anna, boris], texts)
    falls_asleep()
    for number in range(12):
        texts.append(f"пока спит {number}")
        boris.says(texts[-1])
        time.sleep(5.0)
    wakes_up()
    for person in (anna, boris):
        expect(person.messages).to_have_count(len(texts), timeout=PATIENCE)
        assert sorted(person.page.locator(".message .text").all_inner_texts()) == sorted(texts)
