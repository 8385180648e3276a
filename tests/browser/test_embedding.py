"""The chat in a page of another site, which shows it by the element `<wschat-room>`."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, expect

from tests.support import Server

from .conftest import SHOTS
from .people import GREETING
from .tokens import KEY, token

POLICY = "default-src 'none'; script-src {chat}; frame-src {chat}; img-src {chat}; require-trusted-types-for 'script'"
PAGE = """<!doctype html><html lang="{lang}"><title>Site</title><body>
<script type="module" src="{chat}/embed.js"></script>{body}</body></html>"""


class Site(ThreadingHTTPServer):
    """Another site, of another origin than the chat. All of its addresses have the page `html`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.chat = self.html = ""

    def shows(self, chat: Server, body: str, lang: str = "ru") -> None:
        self.chat, self.html = chat.url, PAGE.format(lang=lang, chat=chat.url, body=body)


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY.format(chat=self.server.chat))
        self.end_headers()
        self.wfile.write(self.server.html.encode())

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture
def chat_for(site: Site, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a chat that the site may frame, with more options."""
    started: list[Server] = []

    def start(*options: str) -> Server:
        server = Server(tmp_path / "data", "--frame-ancestors", f"'self' {site.origin}", *options).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.clear_away()


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    with browser.new_context(locale="ru-RU") as context:
        yield context.new_page()


def chat_in(page: Page) -> FrameLocator:
    return page.frame_locator("wschat-room iframe")


def enters(page: Page, name: str) -> None:
    chat = chat_in(page)
    chat.locator("dialog[data-dialog=join] input[name=name]").fill(name)
    page.keyboard.press("Enter")
    expect(chat.get_by_text(GREETING)).to_be_visible()


def console(page: Page) -> list[str]:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_a_page_of_another_site_shows_a_room(reader: Page, site: Site, chat_for: Callable[..., Server]) -> None:
    """Under a strict policy of its own; its readers talk as they do in the chat itself, and the element stays there."""
    site.shows(chat_for(), '<wschat-room room="Кухня"></wschat-room>')
    said = console(reader)
    reader.goto(site.origin)
    enters(reader, "Анна")
    chat = chat_in(reader)
    chat.locator("#field").fill("привет с сайта")
    reader.keyboard.press("Enter")
    expect(chat.locator(".message", has_text="привет с сайта")).to_be_visible()
    frame = reader.locator("wschat-room iframe")
    expect(frame).to_have_attribute("title", "Чат")
    expect(frame).to_have_attribute("loading", "lazy")
    expect(frame).to_have_attribute("allow", re.compile("^autoplay; clipboard-write"))
    box = frame.bounding_box()
    assert box is not None
    assert (box["height"], box["width"]) == (512, reader.evaluate("document.body.clientWidth"))
    reader.wait_for_timeout(3500)
    expect(frame).to_be_visible()
    assert [line for line in said if "Blocked autofocusing" not in line] == []  # the person is in the site's page


def test_a_site_that_may_not_frame_the_chat_is_told_what_to_do(reader: Page, site: Site, server: Server) -> None:
    """Its reader gets a link, its author the setting."""
    site.shows(server, '<wschat-room room="kitchen" jwt="a.b.c"></wschat-room>')
    said = console(reader)
    reader.goto(site.origin)
    link = reader.get_by_role("link", name="Открыть в новой вкладке")
    expect(link).to_have_attribute("href", f"{server.url}/r/kitchen")
    expect(link).to_have_attribute("target", "_blank")
    expect(reader.locator("wschat-room iframe")).to_have_count(0)
    # In the middle of the place that the chat would have had, which stays as it was.
    place, box = reader.locator("wschat-room").bounding_box(), link.bounding_box()
    assert place is not None
    assert box is not None
    assert place["height"] == 512
    assert abs(box["y"] + box["height"] / 2 - place["y"] - 256) < 30
    assert abs(box["x"] + box["width"] / 2 - place["x"] - place["width"] / 2) < 2
    assert any(f"""--frame-ancestors "'self' {site.origin}\"""" in line for line in said)


def test_a_link_in_the_element_stands_where_its_script_does_not_come(reader: Page, site: Site, server: Server) -> None:
    """As while the chat is down. With the script, the chat is in its place."""
    site.shows(server, f'<wschat-room room="chat"><a href="{server.url}/">Чат</a></wschat-room>')
    link = reader.get_by_role("link", name="Чат")
    reader.route("**/embed.js", lambda route: route.abort())
    reader.goto(site.origin)
    expect(link).to_be_visible()
    reader.unroute("**/embed.js")
    reader.reload()
    expect(reader.locator("wschat-room iframe")).to_be_visible()
    expect(link).to_be_hidden()


def test_an_element_without_a_room_says_so(reader: Page, site: Site, server: Server) -> None:
    """Once it has one, it shows it."""
    site.shows(server, "<wschat-room></wschat-room>")
    said = console(reader)
    reader.goto(site.origin)
    reader.wait_for_timeout(500)
    assert any('needs the name of a room: room="kitchen"' in line for line in said)
    reader.evaluate("document.querySelector('wschat-room').setAttribute('room', 'chat')")
    expect(reader.locator("wschat-room iframe")).to_have_attribute("src", f"{server.url}/r/chat")


def test_a_site_wishes_a_language_and_a_theme(reader: Page, site: Site, chat_for: Callable[..., Server]) -> None:
    """What the person chooses in the frame comes first, from then on."""
    site.shows(chat_for(), '<wschat-room room="chat" lang="en" theme="dark"></wschat-room>', "en")
    reader.goto(site.origin)
    root = chat_in(reader).locator("html")
    expect(root).to_have_attribute("lang", "en")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(reader.locator("wschat-room iframe")).to_have_attribute("title", "Chat")
    chat = chat_in(reader)
    chat.locator("dialog[data-dialog=join] input[name=name]").fill("Ann")
    reader.keyboard.press("Enter")
    expect(chat.get_by_text("You are connected to the chat!")).to_be_visible()
    prefs = {"name": "Ann", "theme": "light", "lang": "ru"}
    frame = reader.frames[1]
    frame.evaluate("(prefs) => localStorage.setItem('wschat.prefs', prefs)", json.dumps(prefs))
    reader.reload()
    expect(root).to_have_attribute("lang", "ru")
    expect(root).to_have_attribute("data-theme", "light")


def test_a_site_names_its_users(reader: Page, site: Site, chat_for: Callable[..., Server], tmp_path: Path) -> None:
    """The token is in no request; a newer one renews the session without a reload."""
    key = tmp_path / "site.key"
    key.write_text(KEY)
    chat = chat_for("--auth", "jwt", "--jwt-key-file", str(key), "--jwt-audience", "chat")
    requests: list[str] = []
    reader.on("request", lambda request: requests.append(request.url.partition("#")[0]))
    first, second = token(5, name="Анна с сайта"), token(300, name="Анна с сайта")
    site.shows(chat, f'<wschat-room room="chat" jwt="{first}"></wschat-room>')
    reader.goto(site.origin)
    expect(chat_in(reader).get_by_text(GREETING)).to_be_visible()
    loaded = len(requests)
    entries = reader.evaluate("history.length")
    reader.evaluate("(jwt) => document.querySelector('wschat-room').setAttribute('jwt', jwt)", second)
    reader.wait_for_timeout(5500)  # the first token has ended
    field = chat_in(reader).locator("#field")
    field.fill("ещё здесь")
    field.press("Enter")
    expect(chat_in(reader).locator(".message", has_text="ещё здесь")).to_be_visible()
    expect(chat_in(reader).locator(".message[data-status]")).to_have_count(0)
    assert not any("/r/chat" in url for url in requests[loaded:])
    assert reader.evaluate("history.length") == entries
    assert not any(first in url or second in url for url in requests)


@pytest.mark.parametrize(("width", "lang", "theme"), [(1100, "ru", "light"), (390, "en", "dark")])
def test_pictures_of_the_element(
    reader: Page, site: Site, chat_for: Callable[..., Server], width: int, lang: str, theme: str
) -> None:
    """Kept to be looked at: the element, and badges beside it."""
    chat = chat_for("--badges", "on")
    badge = "".join(f'<img src="{chat.url}/r/chat/badge.svg?lang={each}"> ' for each in ("ru", "en"))
    site.shows(chat, f'<p>{badge}</p><wschat-room room="chat" lang="{lang}" theme="{theme}"></wschat-room>', lang)
    reader.set_viewport_size({"width": width, "height": 700})
    reader.goto(site.origin)
    expect(chat_in(reader).locator("dialog[data-dialog=join]")).to_be_visible()
    assert reader.evaluate("[...document.images].map((image) => image.naturalHeight)") == [20, 20]
    SHOTS.mkdir(parents=True, exist_ok=True)
    reader.screenshot(path=SHOTS / f"embedded-{width}.png")
