"""The states of the page around pictures (for tools/sheet.py): in messages, above the field, in full size."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page
from screenshots import talk
from states import a_talk

from tests.browser.fake_server import FakeServer
from tests.browser.pictures import LIMITS, PictureServer, chooses, gif, picture


def with_pictures(page: Page, fake: FakeServer, url: str, moving: str = "") -> PictureServer:
    """The talk, with one picture, then three with a text, then one that is gone; the one with this id moves."""
    pictures = PictureServer(page, fake)
    messages = talk()
    by_seq = {message["seq"]: message for message in messages}
    by_seq[5]["pictures"] = [pictures.has("p1", 1600, 900)]
    three = [pictures.has("p2", 900, 1600, "plum"), pictures.has("p3", 800, 600, "green")]
    by_seq[8]["pictures"] = [*three, pictures.has("p4", 400, 60, "sand")]
    by_seq[9]["pictures"] = [{"id": "gone", "width": 800, "height": 600}]
    if moving:
        pictures.kept[moving] = gif(800, 600)
    a_talk(fake, messages=messages, limits=LIMITS)
    page.goto(url)
    page.wait_for_selector("#m9 .tombstone")
    page.locator("#attach").wait_for()
    return pictures


def shown(page: Page, fake: FakeServer, url: str) -> None:
    with_pictures(page, fake, url)


def attached(page: Page, fake: FakeServer, url: str) -> None:
    """One is uploaded, one is refused, one is on its way."""
    pictures = with_pictures(page, fake, url)
    chooses(page, picture(shade="green"))
    page.wait_for_selector(".attachment-picture:not([data-waits]) img")
    pictures.refusals = [(507, {"code": "no_space", "detail": ""})]
    chooses(page, picture(shade="plum"))
    page.wait_for_selector(".attachment-why")
    pictures.holds = True
    chooses(page, picture(shade="sand"))
    page.wait_for_selector("[data-waits] img")


def uploading(page: Page, fake: FakeServer, url: str) -> None:
    pictures = with_pictures(page, fake, url)
    pictures.holds = True
    chooses(page, picture(shade="green"), picture(shade="sand"))
    page.locator(".attachment img").nth(1).wait_for()
    page.locator("#field").fill("Вот с телефона")
    page.locator("#send").click()
    page.wait_for_selector("[data-status=uploading] img")


def in_full_size(page: Page, fake: FakeServer, url: str) -> None:
    with_pictures(page, fake, url)
    page.locator("#m8 .picture").nth(1).click()
    page.wait_for_selector("dialog[data-dialog=picture] img")


def menu_of_one(page: Page, fake: FakeServer, url: str) -> None:
    with_pictures(page, fake, url)
    page.locator("#m8 .picture").nth(1).click(button="right")
    page.wait_for_selector("dialog.menu")


def standing_still(page: Page, fake: FakeServer, url: str) -> None:
    """For somebody who wants less motion, one moves."""
    page.emulate_media(reduced_motion="reduce")
    with_pictures(page, fake, url, moving="p3")
    page.wait_for_selector("[data-still]")


STATES_OF_PICTURES: dict[str, Callable[[Page, FakeServer, str], None]] = {
    "pictures": shown,
    "attached": attached,
    "uploading": uploading,
    "picture": in_full_size,
    "picture-menu": menu_of_one,
    "picture-still": standing_still,
}
