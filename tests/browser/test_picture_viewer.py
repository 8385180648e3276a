"""Pictures in full size: by the mouse, by keys and by fingers. And in a row, each in its own shape."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support import Server

from .axe import violations
from .conftest import fake_for
from .fake_server import message
from .people import People, Person, until
from .pictures import LIMITS, PictureServer
from .steps import Staged, misfits, talk

pytestmark = pytest.mark.slow
MIDDLE = """(() => {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } =
        document.querySelector(".viewer-body");
    return [(scrollLeft + clientWidth / 2) / scrollWidth, (scrollTop + clientHeight / 2) / scrollHeight];
})()"""


def with_pictures(staged: Staged, *sizes: tuple[int, int]) -> Person:
    """Anna before a message with pictures of these sizes."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    some = [pictures.has(f"p{n}", *size, shade) for n, (size, shade) in enumerate(zip(sizes, ["blue", "plum", "sand"]))]
    talk(staged, message(1, "", pictures=some), limits=LIMITS)
    anna.page.locator("#m1 .picture").first.wait_for()
    return anna


def test_a_large_one_can_be_read(staged: Staged) -> None:
    """A press shows it in its own size, at the place that was pressed; one more, and all of it is there again."""
    anna = with_pictures(staged, (2000, 1600), (300, 200))
    anna.page.locator("#m1 .picture").first.click()
    viewer = anna.dialog("picture")
    image = viewer.locator("img")
    box = image.bounding_box()
    assert box
    assert box["width"] < 1280
    image.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.4})
    until(anna.page, lambda: image.evaluate("(image) => [image.width, image.height]") == [2000, 1600])
    assert anna.page.evaluate(MIDDLE) == pytest.approx([0.6, 0.4], abs=0.01)
    anna.page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img", name="Картинка 1 из 2")).to_be_visible()
    until(anna.page, lambda: anna.page.evaluate(MIDDLE)[0] > 0.6)
    assert violations(anna.page, "{ resultTypes: ['violations'] }") == []
    viewer.get_by_role("button", name="Увеличить").click()
    until(anna.page, lambda: image.evaluate("(image) => image.width") == round(box["width"]))
    viewer.get_by_role("button", name="Следующая картинка").click()
    expect(viewer.get_by_role("button", name="Увеличить")).to_have_count(0)


def test_a_finger_turns_to_the_next(people: People, server: Server) -> None:
    """To the left, as pages are turned; up and down, or hardly at all, means nothing."""
    anna = with_pictures(fake_for(people, server, width=390, height=844, has_touch=True), (800, 600), (600, 800))
    anna.page.locator("#m1 .picture").first.tap()
    image = anna.dialog("picture").get_by_role("img", name=re.compile(" из 2"))
    for to, seen in (((190, 700), 1), ((180, 410), 1), ((60, 430), 2), ((10, 400), 2), ((330, 420), 1)):
        swipes(anna.page, *to)
        expect(image).to_have_attribute("alt", re.compile(f"^Картинка {seen} из 2"))
    assert misfits(anna.page) == []


def swipes(page: Page, x: int, y: int) -> None:
    """Put a finger into the middle of the screen, and lift it elsewhere."""
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 200, "y": 400}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_small_ones_beside_high_ones_keep_their_shapes(staged: Staged) -> None:
    """None is stretched to the height of its row, and cut off at its sides."""
    anna = with_pictures(staged, (300, 400), (200, 100), (1, 1))
    boxes = [each.bounding_box() for each in anna.page.locator("#m1 .picture").all()]
    assert [(box["width"], box["height"]) for box in boxes if box] == [(135, 180), (200, 100), (48, 48)]
