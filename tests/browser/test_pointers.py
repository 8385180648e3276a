"""Mice, fingers and pens: what is dragged, what rests, and what only ends where it is lifted."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from .steps import Staged, talk


def middle(element: Locator) -> tuple[float, float]:
    """Where it is on the screen (px)."""
    box = element.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_selection_that_ends_beside_a_dialog_leaves_it_open(staged: Staged) -> None:
    """With what was typed; a press that begins beside the dialog closes it only if it ends there, too."""
    anna = talk(staged, "Раз")
    share, mouse = anna.opens("share"), anna.page.mouse
    room = share.locator("#share-room")
    room.fill("новый проект")
    for start, end in (middle(room), (5, 5)), ((5, 5), middle(room)):
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=4)
        mouse.up()
        anna.page.wait_for_timeout(100)
        expect(share).to_be_visible()
        expect(room).to_have_value("новый проект")
    mouse.click(5, 5)
    expect(share).to_have_count(0)
