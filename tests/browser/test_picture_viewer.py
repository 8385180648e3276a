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
from .pictures import LIMITS, PictureServer, chooses, ignores_failures, in_a_room, picture
from .steps import Staged, menu_items, misfits, talk

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
        expect(image).to_have_attribute("alt", re.compile(rf"^Картинка {seen} из\s2"))
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


def test_the_menu_of_a_picture_opens_and_saves_it(staged: Staged) -> None:
    """A right click can't reach the browser's own menu there. The file is called by its room and time."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    some = [{"id": "gone", "width": 300, "height": 200}, pictures.has("p2")]
    talk(staged, message(1, "Подпись", pictures=some, time="2026-11-23T09:05:07Z"), limits=LIMITS)
    expect(anna.page.locator("#m1 .tombstone")).to_be_visible()
    anna.page.locator("#m1 .text").click(button="right")
    assert not {"Открыть картинку", "Скачать"} & set(menu_items(anna.page))
    anna.page.keyboard.press("Escape")
    second = anna.page.locator("#m1 .picture")
    second.click(button="right")
    with anna.page.expect_download() as saved:
        anna.page.get_by_role("menuitem", name="Скачать").click()
    assert saved.value.suggested_filename == "chat 2026-11-23 12.05.07 2.webp"
    second.click(button="right")
    anna.page.get_by_role("menuitem", name="Открыть картинку").click()
    viewer = anna.dialog("picture")
    expect(viewer.get_by_role("img", name="Картинка 2 из 2")).to_be_visible()
    link = viewer.get_by_role("link", name="Скачать")
    expect(link).to_have_attribute("download", "chat 2026-11-23 12.05.07 2.webp")
    ignores_failures(anna)


def test_a_long_press_on_a_picture_offers_the_same(people: People, server: Server) -> None:
    """Of one that isn't uploaded yet there is nothing to save."""
    staged = fake_for(people, server, width=390, height=844, has_touch=True)
    anna = staged[0]
    pictures = in_a_room(staged)
    pictures.holds = True
    chooses(anna.page, picture())
    expect(anna.page.locator(".attachment img")).to_be_visible()
    anna.writes("Смотрите")
    anna.page.locator("#send").tap()
    rests(anna.page, ".picture")
    assert menu_items(anna.page) == ["Открыть картинку", "Скопировать текст"]
    anna.page.keyboard.press("Escape")
    pictures.releases()
    expect(anna.page.locator(".message:not([data-post]) .picture")).to_be_visible()
    rests(anna.page, ".picture")
    assert {"Открыть картинку", "Скачать"} < set(menu_items(anna.page))


def rests(page: Page, selector: str) -> None:
    """Put a finger on something until its menu is there."""
    box = page.locator(selector).bounding_box()
    assert box
    finger = page.context.new_cdp_session(page)
    at = {"x": box["x"] + 20, "y": box["y"] + 20}
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    expect(page.get_by_role("menu")).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
