"""Steps that several tests of the page take: a room with a talk in it, keys on a message, what must be seen then."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .fake_server import FakeServer, message
from .people import HOST, PATIENCE, Person, script, until

Staged = tuple[Person, FakeServer]
secure_only = pytest.mark.skipif(HOST != "localhost", reason="browsers allow it on https and on this machine only")
GEOMETRY = script("geometry")
# For a page that is to take the browser for one that doesn't size fields by their text.
NO_FIELD_SIZING = (
    "const { supports } = CSS; CSS.supports = (...asked) => asked[0] !== 'field-sizing' && supports(...asked);"
)
# Whatever the browser keeps of this page: a deleted text is in none of it.
STORED = """async () => {
    const databases = await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((done) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
            const { result } = opening;
            const names = [...result.objectStoreNames];
            if (!names.length) return done([]);
            const all = result.transaction(names).objectStore(names[0]).getAll();
            all.onsuccess = () => { result.close(); done(all.result); };
        };
    })));
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases]);
}"""
# The first message that the reader sees, and how far (px) it is below the top of the list.
FIRST_IN_SIGHT = """(() => {
    const edge = list.getBoundingClientRect().top;
    const first = [...document.querySelectorAll(".message")].find((each) => each.getBoundingClientRect().bottom > edge);
    return { key: first.id, top: first.getBoundingClientRect().top - edge };
})()"""


def talk(staged: Staged, *said: str | dict[str, Any], **more: Any) -> Person:
    """Anna in a room with these messages; a text alone is Boris's."""
    anna, fake = staged
    messages = [message(n, each) if isinstance(each, str) else each for n, each in enumerate(said, 1)]
    fake.next_welcome(**{"messages": messages, "seq": len(messages), "head": len(messages), **more})
    return anna.arrives()


def talk_by_keys(staged: Staged, *said: str | dict[str, Any], **more: Any) -> Person:
    """As `talk`, on a page that has fetched what keys do."""
    anna = talk(staged, *said, **more)
    fetches_keys(anna.page)
    return anna


def watches_marks(page: Page) -> None:
    """Keep the ids of messages that a link has led to in `marked`: the mark itself goes after two seconds."""
    page.add_init_script("""globalThis.marked = [];
        new MutationObserver((changes) => {
            for (const { target } of changes) if (target.hasAttribute("data-flashed")) marked.push(target.id);
        }).observe(document, { subtree: true, attributeFilter: ["data-flashed"] });""")


def fetches_keys(page: Page) -> None:
    """Press a key that does nothing: the first one fetches what keys do."""
    page.keyboard.press("Shift")
    has(page, "keyboard.js")


def has(page: Page, module: str) -> None:
    """Wait until the page has fetched one of its modules, and runs it."""
    page.evaluate(
        """(module) => new Promise((done) => {
            new PerformanceObserver((list, observer) => {
                const found = list.getEntries().find(({ name }) => name.endsWith(`/${module}`));
                if (!found) return;
                observer.disconnect();
                done(import(found.name).then(() => undefined));
            }).observe({ type: "resource", buffered: true });
        })""",
        module,
    )


def saves_draft(page: Page) -> None:
    """Make the page save now what it would save a little later, as it does when it is closed."""
    page.evaluate("dispatchEvent(new Event('pagehide'))")


def text(anna: Person, seq: int) -> Locator:
    return anna.page.locator(f"#m{seq} .text")


def presses(anna: Person, seq: int, key: str) -> None:
    """Press a key on a message that has the focus."""
    anna.page.locator(f"#m{seq}").focus()
    anna.page.keyboard.press(key)


def menu_items(page: Page) -> list[str]:
    """The texts of the open menu."""
    expect(page.get_by_role("menu")).to_be_visible()
    return page.locator(".menu[open] .menu-item > span").all_inner_texts()  # a closed one may still be there


def refuses(fake: FakeServer, kind: str, code: str, **facts: Any) -> None:
    fake.answers[kind] = {"type": "error", "code": code, **facts}


def misfits(page: Page) -> list[str]:
    """The faults in the geometry of the screen, looked for again when the page has had time to draw."""
    end = time.monotonic() + PATIENCE
    while (found := page.evaluate(GEOMETRY)) and time.monotonic() < end:
        page.wait_for_timeout(50)
    return list(found)


def toast(anna: Person, text: str) -> None:
    """Wait until a toast says this, or find that one did since the last time that this was asked."""

    def has_said() -> object:
        return anna.page.evaluate(
            "(text) => toasts.includes(text) && toasts.splice(0, toasts.lastIndexOf(text) + 1)",
            text.replace("\u00a0", " "),  # as in scripts/toasts.js
        )

    until(anna.page, has_said)


def keeps_toasts(anna: Person) -> None:
    """From now on no toast disappears on its own."""
    anna.page.evaluate(
        """() => {
            const later = setTimeout;
            globalThis.setTimeout = (act, wait, ...more) => (wait === 4_000 ? 0 : later(act, wait, ...more));
        }"""
    )


def strip(anna: Person) -> Locator:
    return anna.page.locator(".compose-strip")


def a_long_room(fake: FakeServer, newest: int) -> None:
    """A room of so many messages, of which the server gives any part."""
    fake.next_welcome(
        messages=[message(n, f"№ {n}") for n in range(max(1, newest - 49), newest + 1)],
        seq=newest,
        head=newest,
    )
    fake.answers["history"] = history_of


def history_of(command: dict[str, Any]) -> dict[str, Any]:
    """The part of a long room that is asked for."""
    first = max(1, command["before"] - command["limit"])
    return {
        "type": "history",
        "messages": [message(n, f"№ {n}") for n in range(first, command["before"])],
        "start": first == 1,
    }
