"""What the page has put into the clipboard."""

from __future__ import annotations

from .people import Person

CLIPBOARD = ["clipboard-read", "clipboard-write"]  # permissions of a browser context


def copied(anna: Person) -> str:
    return str(anna.page.evaluate("navigator.clipboard.readText()"))
