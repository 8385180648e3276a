"""People in front of the page: what they do, and what they see."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

SCRIPTS = Path(__file__).parent / "scripts"
GREETING = "Вы подключились к чату!"

# A browser says so when a server isn't there; the page can't help it, and mends it. Playwright tells what it blocks.
EXPECTED_NOISE = re.compile(
    r"WebSocket connection to|ERR_CONNECTION_(?:REFUSED|RESET|CLOSED)|ERR_EMPTY_RESPONSE|ERR_INTERNET_DISCONNECTED"
    r"|Cross-Origin-Opener-Policy header has been ignored|unknown error occurred when fetching the script"
    r"|Service Worker registration blocked by Playwright"
)


def script(name: str) -> str:
    """A script that runs in the page."""
    return (SCRIPTS / f"{name}.js").read_text()


WATCH_POLICY = script("policy")
KEEP_TOASTS = script("toasts")
PATIENCE = 30.0  # s to wait for what must come, however busy the machine is


def until(page: Page, condition: str | Callable[[], object]) -> None:
    """Wait until a function, or an expression in the page, is true: the page's policy forbids Playwright's own wait."""
    end = time.monotonic() + PATIENCE
    while not (page.evaluate(condition) if isinstance(condition, str) else condition()):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


# The suite can be run on a plain name of the LAN too, where the page isn't a secure context.
HOST = os.environ.get("WSCHAT_TEST_HOST", "localhost")


class Person:
    """Somebody in front of a browser of their own."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url.replace("//localhost", f"//{HOST}")
        self.complaints: list[str] = []
        self.page = self.open()

    def open(self) -> Page:
        """Open the page in a new tab."""
        page = self.context.new_page()
        page.add_init_script(WATCH_POLICY)
        page.add_init_script(KEEP_TOASTS)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))
        return page

    def second_tab(self, url: str = "") -> Page:
        """Open the room, or the one at `url`, once more: in it as the person that the browser knows."""
        page = self.open()
        page.goto(url or self.url)
        expect(page.get_by_text(GREETING)).to_be_visible()
        return page

    def visits(self, name: str = "", greeting: str = GREETING) -> Person:
        """Go to the page; with a name, answer who one is and wait for the greeting."""
        self.page.goto(self.url)
        if name:
            self.answers(name)
            expect(self.page.get_by_text(greeting)).to_be_visible()
        return self

    def arrives(self) -> Person:
        """Go to the page as somebody whom it knows, and wait until they are in the chat."""
        self.page.goto(self.url)
        expect(self.page.get_by_text(GREETING)).to_be_visible()
        return self

    def reloads(self) -> None:
        """Load the page anew, and wait until the chat is there again."""
        self.page.reload()
        expect(self.page.get_by_text(GREETING)).to_be_visible()

    def answers(self, name: str) -> None:
        self.dialog("join").locator("input[name=name]").fill(name)
        self.page.keyboard.press("Enter")

    def writes(self, text: str) -> None:
        self.field.fill(text)

    def says(self, text: str) -> None:
        """Write and send; doesn't wait until it is delivered."""
        self.writes(text)
        self.page.keyboard.press("Enter")

    def sees(self, text: str) -> None:
        """The text of some message is exactly this."""
        expect(self.message(text)).to_be_visible()

    def sees_online(self, *names: str) -> None:
        """The list of people is exactly this, in this order, and so is their number."""
        expect(self.people).to_have_text(list(names))
        expect(self.page.locator(".bar-online.wide")).to_have_attribute("data-count", str(len(names)))

    def message(self, text: str) -> Locator:
        """The text of a message, exactly as it was written."""
        return self.page.locator(".message .text").filter(has_text=re.compile(f"^{re.escape(text)}$")).last

    def dialog(self, name: str) -> Locator:
        return self.page.locator(f"dialog[data-dialog={name}]")

    def opens(self, tool: str) -> Locator:
        """Press a button of the header; the dialog that it opens."""
        self.page.locator(f"[data-tool={tool}]").click()
        dialog = self.dialog(tool)
        expect(dialog).to_be_visible()
        return dialog

    @property
    def field(self) -> Locator:
        return self.page.locator("#field")

    @property
    def send(self) -> Locator:
        return self.page.get_by_role("button", name="Отправить", exact=True)

    @property
    def list(self) -> Locator:
        return self.page.locator("#list")

    @property
    def messages(self) -> Locator:
        return self.page.locator(".message")

    @property
    def strip(self) -> Locator:
        return self.page.locator("#strip")

    @property
    def people(self) -> Locator:
        return self.page.locator("aside .person bdi")

    def scrolls_to(self, top: int) -> None:
        """Scroll the list so far (px), and wait until the page has noticed; a negative number goes up from here."""
        self.list.evaluate(
            """async (list, top) => {
                list.scrollTop = top < 0 ? list.scrollTop + top : top;
                for (let frames = 2; frames; frames -= 1) await new Promise(requestAnimationFrame);
            }""",
            top,
        )

    def from_end(self) -> int:
        """How far (px) the list is from its end."""
        return int(self.list.evaluate("(list) => list.scrollHeight - list.clientHeight - list.scrollTop"))

    def sees_the_end(self) -> None:
        """The list is at its end, when all is drawn."""
        until(self.page, lambda: self.from_end() <= 1)

    def has_hidden_tab(self, hidden: bool) -> None:
        """Look at another tab, or come back; the browser itself never hides a page of a test."""
        self.page.evaluate(
            """(hidden) => {
                const set = (name, value) =>
                    Object.defineProperty(document, name, { value, configurable: true });
                set("hidden", hidden);
                set("visibilityState", hidden ? "hidden" : "visible");
                document.dispatchEvent(new Event("visibilitychange"));
            }""",
            hidden,
        )

    def blocked(self) -> Sequence[str]:
        """The violations that the policies of all of this person's pages have blocked."""
        return [each for page in self.context.pages for each in page.evaluate("globalThis.blocked ?? []")]

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not EXPECTED_NOISE.search(text):
            self.complaints.append(f"{kind}: {text}")


class People:
    """Lets people in, and finds out in the end whether their browsers had anything to complain of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._people: list[Person] = []

    def comes(self, name: str = "", *, url: str = "", width: int = 1280, height: int = 800, **context: Any) -> Person:
        """A person with a browser of their own; with a name, in the chat already."""
        made = self._browser.new_context(
            **{
                "locale": "ru-RU",
                "timezone_id": "Europe/Moscow",
                "viewport": {"width": width, "height": height},
                **context,
            }
        )
        person = Person(made, url or self._url)
        self._people.append(person)
        if name:
            person.visits(name)
        return person

    def leave(self) -> Iterator[str]:
        """Close all browsers; yields what they complained of."""
        for person in self._people:
            yield from person.complaints
            try:
                yield from person.blocked()
                person.context.close()
            except Exception as error:
                if "closed" not in str(error):
                    raise
