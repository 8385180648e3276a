"""What tests of the search in messages share: a room about cats, and how it is searched."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, expect

from .fake_server import message
from .people import Person
from .steps import Staged, talk

CATS = {1: "Видели кошку?", 2: "Кошка спит", 3: "О собаках", 4: "**Кошки** пришли"}
# Of all changes of the status line.
STATUS = """() => {
    globalThis.said = [];
    const line = document.querySelector("dialog [role=status].dialog-hint");
    const all = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => said.push(line.textContent)).observe(line, all);
}"""


def found(*seqs: int, texts: dict[int, str] | None = None, **more: Any) -> dict[str, Any]:
    """An answer to `search`."""
    messages = [message(seq, (texts or CATS)[seq]) for seq in seqs]
    return {"type": "found", "epoch": "e1", "messages": messages, "words": ["кошку", "Кошка", "Кошки"], **more}


def opens(anna: Person) -> Locator:
    """Press the keys of the search; its dialog."""
    anna.page.keyboard.press("Control+Shift+F")
    dialog = anna.dialog("search")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    return dialog


def searches(anna: Person, text: str = "кошка") -> Locator:
    dialog = opens(anna)
    anna.page.keyboard.type(text)
    anna.page.keyboard.press("Enter")
    return dialog


def status(dialog: Locator) -> Locator:
    return dialog.locator(".dialog-hint[role=status]")


def a_room_about_cats(staged: Staged) -> Staged:
    """Anna in a room with some messages about cats, which the server finds."""
    _, fake = staged
    fake.answers["search"] = found(4, 2, 1)
    talk(staged, *CATS.values())
    return staged
