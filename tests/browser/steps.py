"""Steps that several tests of the page take: a room with a talk in it, keys on a message, what must be seen then."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .fake_server import FakeServer, message
from .people import HOST, Person

Staged = tuple[Person, FakeServer]
secure_only = pytest.mark.skipif(HOST != "localhost", reason="browsers allow it on https and on this machine only")
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


def talk(staged: Staged, *said: str | dict[str, Any], **more: Any) -> Person:
    """Anna in a room with these messages; a text alone is Boris's."""
    anna, fake = staged
    messages = [message(n, each) if isinstance(each, str) else each for n, each in enumerate(said, 1)]
    fake.next_welcome(**{"messages": messages, "seq": len(messages), "head": len(messages), **more})
    return anna.arrives()


def talk_by_keys(staged: Staged, *said: str | dict[str, Any], **more: Any) -> Person:
    """As `talk`, on a page that has fetched what keys do."""
    anna = talk(staged, *said, **more)
    anna.page.keyboard.press("Shift")
    anna.page.wait_for_timeout(300)
    return anna


def text(anna: Person, seq: int) -> Locator:
    return anna.page.locator(f"#m{seq} .text")


def presses(anna: Person, seq: int, key: str) -> None:
    """Press a key on a message that has the focus."""
    anna.page.locator(f"#m{seq}").focus()
    anna.page.keyboard.press(key)


def refuses(fake: FakeServer, kind: str, code: str, **facts: Any) -> None:
    fake.answers[kind] = {"type": "error", "code": code, **facts}


def until(anna: Person, condition: str) -> None:
    """Wait for what the page's policy lets no script of Playwright's own wait for."""
    for _ in range(200):
        if anna.page.evaluate(condition):
            return
        anna.page.wait_for_timeout(50)
    raise AssertionError(condition)


def toast(anna: Person, text: str) -> None:
    expect(anna.page.locator(".toast")).to_have_text(text)


def strip(anna: Person) -> Locator:
    return anna.page.locator(".compose-strip")
