"""Pictures that move: they are sent as they are, and stand still for people who want less motion."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import message
from .people import People, Person, until
from .pictures import LIMITS, PictureServer, chooses, gif, in_a_room, uploads
from .steps import misfits, talk

pytestmark = pytest.mark.slow

GIF: FilePayload = {"name": "hills.gif", "mimeType": "image/gif", "buffer": gif()}
STILL = "Движется. Откройте, чтобы посмотреть"


def moves(image: Locator) -> bool:
    """Whether what is seen there changes."""
    first = image.screenshot()
    for _ in range(8):
        image.page.wait_for_timeout(70)
        if image.screenshot() != first:
            return True
    return False


def test_a_gif_goes_on_moving_for_everybody(anna: Person, boris: Person) -> None:
    """The server makes a WebP of it, which the other sees; the writer sees hers."""
    expect(anna.page.locator("#attach")).to_be_visible()
    chooses(anna.page, GIF)
    uploads(anna.page, 1)
    anna.says("Смотрите")
    image = boris.page.locator(".picture img")
    until(boris.page, lambda: image.evaluate("(image) => image.naturalWidth") == 320)
    expect(image).to_have_attribute("src", re.compile("/pictures/"))
    assert moves(image)
    assert moves(anna.page.locator(".message:not([data-post]) .picture img"))


def test_who_wants_less_motion_sees_it_stand_still(people: People, server: Server) -> None:
    """Until it is opened; screen readers are told, too, and other pictures are as ever."""
    anna, fake = fake_for(people, server, reduced_motion="reduce")
    pictures = PictureServer(anna.page, fake)
    both = [pictures.has("p1", 320, 240), pictures.has("p2", 320, 240)]
    pictures.kept["p1"] = gif()
    talk((anna, fake), message(1, "Две", pictures=both), limits=LIMITS)
    first, second = (anna.page.locator("#m1 .picture").nth(n) for n in range(2))
    expect(first).to_have_attribute("title", STILL)
    assert first.evaluate("(it) => it.querySelector('canvas').offsetWidth") == 240
    colour = "(it) => [...it.querySelector('canvas').getContext('2d').getImageData(5, 5, 1, 1).data].slice(0, 3)"
    assert max(abs(a - b) for a, b in zip(first.evaluate(colour), (37, 99, 160), strict=True)) < 40
    assert not moves(first)
    assert misfits(anna.page) == []
    assert second.get_attribute("title") is None
    first.click()
    assert moves(anna.dialog("picture").locator("img"))


def test_ones_own_stands_still_then_too(people: People, server: Server) -> None:
    """Above the field and in the room: sent it is as it was chosen, and the others see it move."""
    staged = fake_for(people, server, reduced_motion="reduce")
    anna = staged[0]
    pictures = in_a_room(staged)
    with anna.page.expect_request(re.compile("/pictures$")) as upload:
        chooses(anna.page, GIF)
    assert upload.value.post_data_buffer == GIF["buffer"]
    uploads(anna.page, 1)
    assert not moves(anna.page.locator(".attachment img"))
    pictures.kept["picture1"] = gif(640, 480)
    anna.says("Смотрите")
    expect(anna.page.locator(".message:not([data-post]) .picture")).to_have_attribute("title", STILL)
