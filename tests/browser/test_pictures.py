"""Pictures: how they come above the field and into the room, and how everybody sees them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .fake_server import amended, message
from .people import Person, until
from .pictures import LIMITS, PictureServer, chooses, hands, ignores_failures, in_a_room, picture, uploads
from .steps import Staged, misfits, talk, toast


def test_a_pasted_picture_is_seen_by_everybody(anna: Person, boris: Person) -> None:
    """Its message has a text, too; the writer sees it from her own device, the other as the server keeps it."""
    expect(anna.page.locator("#attach")).to_be_visible()
    hands(anna.page, "paste", picture(width=800, height=600))
    uploads(anna.page, 1)
    anna.says("Вид из окна")
    seen = boris.page.get_by_role("img", name="Картинка. Автор: \u2068Анна\u2069")
    expect(seen).to_be_visible()
    boris.sees("Вид из окна")
    until(boris.page, lambda: seen.evaluate("(image) => image.naturalWidth") == 800)
    assert seen.evaluate("(image) => [image.width, image.height]") == [427, 320]
    expect(anna.page.locator(".attachment")).to_have_count(0)
    expect(anna.page.locator(".message:not([data-post]) .picture img")).to_have_attribute("src", re.compile("^blob:"))


def test_a_message_waits_for_its_pictures_and_the_next_one_for_it(staged: Staged) -> None:
    """Enter sends them as soon as they are uploaded, without a text, too; the field is free at once."""
    anna, fake = staged
    pictures = in_a_room(staged)
    pictures.holds = True
    chooses(anna.page, picture("a.png"), picture("b.png", shade="plum"))
    expect(anna.page.locator(".attachment img")).to_have_count(2)
    anna.page.keyboard.press("Enter")
    post = anna.page.locator("[data-status=uploading]")
    expect(post.get_by_text("Загружаем картинки…")).to_be_visible()
    expect(post.locator("img[src^='blob:']")).to_have_count(2)
    anna.says("Что скажете?")
    assert fake.commands("post") == []
    pictures.releases()
    first, second = fake.hears("post", 2)
    assert [first["text"], first["pictures"]] == ["", ["receipt-picture1", "receipt-picture2"]]
    assert [second["text"], "pictures" in second] == ["Что скажете?", False]
    expect(anna.page.locator(".message:not([data-post]) .picture")).to_have_count(2)


@pytest.mark.slow
def test_a_message_that_waits_for_its_pictures_can_be_called_back(staged: Staged) -> None:
    """On a slow connection the person may think better of it; what is uploaded stays so."""
    anna, fake = staged
    pictures = in_a_room(staged)
    pictures.holds = True
    chooses(anna.page, picture("a.png"), picture("b.png", shade="plum"))
    expect(anna.page.locator(".attachment img")).to_have_count(2)
    anna.says("Обе")
    post = anna.page.locator("[data-status=uploading]")
    expect(post.locator(".attachment-bar")).to_have_count(2)
    post.get_by_role("button", name="Исправить").click()
    expect(anna.field).to_have_value("Обе")
    expect(anna.field).to_be_focused()
    anna.page.get_by_role("button", name="Убрать картинку 2 из 2").click()
    pictures.releases()
    uploads(anna.page, 1)
    assert fake.commands("post") == []
    anna.field.press("Enter")
    assert fake.hears("post", 1)[0]["pictures"] == ["receipt-picture1"]


def test_a_picture_that_isnt_uploaded_says_why_and_can_be_tried_again(staged: Staged) -> None:
    """Until then nothing is sent, and the person is told; what is no picture isn't taken."""
    anna, fake = staged
    pictures = in_a_room(staged)
    pictures.refusals = [(507, {"code": "no_space", "detail": ""})]
    chooses(anna.page, picture("a.png"), {"name": "b.heic", "mimeType": "image/heic", "buffer": b"?" * 100})
    pictures.refusals.append((415, {"code": "picture_invalid", "detail": ""}))
    expect(anna.page.get_by_text("На сервере нет места")).to_be_visible()
    expect(anna.page.get_by_text("Эту картинку не удалось прочитать")).to_be_visible()
    anna.says("Смотрите")
    toast(anna, "Сначала уберите картинку, которая не загрузилась, или повторите загрузку")
    anna.page.get_by_role("button", name="Убрать картинку 2 из 2").click()
    anna.page.get_by_role("button", name="Повторить").click()
    uploads(anna.page, 1)
    chooses(anna.page, {"name": "c.txt", "mimeType": "text/plain", "buffer": b"?"})
    toast(anna, "Отправить можно только картинки, например JPEG, PNG, GIF, WebP")
    anna.field.press("Enter")
    assert fake.hears("post", 1)[0]["pictures"] == ["receipt-picture3"]
    ignores_failures(anna)


def test_a_press_opens_a_picture_and_arrows_lead_to_the_next(staged: Staged) -> None:
    """Esc closes it, and the focus is where it was; one that the server hasn't any more says so in the list."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    both = [pictures.has("p1"), pictures.has("p2", 300, 900, "plum")]
    lost = {"id": "p3", "width": 400, "height": 300}
    talk(staged, message(1, "Две", pictures=both), message(2, "", pictures=[lost]), limits=LIMITS)
    expect(anna.page.locator("#m2").get_by_text("Картинки больше нет")).to_be_visible()
    first = anna.page.locator("#m1 .picture").first
    first.click()
    viewer = anna.dialog("picture")
    expect(viewer.get_by_role("img", name="Картинка 1 из 2")).to_be_visible()
    anna.page.keyboard.press("ArrowRight")
    expect(viewer.get_by_role("img", name="Картинка 2 из 2")).to_be_visible()
    link = viewer.get_by_role("link", name="Открыть в новой вкладке")
    expect(link).to_have_attribute("href", re.compile("/r/chat/pictures/p2$"))
    assert misfits(anna.page) == []
    anna.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(first).to_be_focused()
    first.click()
    fake.sends(amended(3, message(1, "Две"), text=None, deleted=True, edited="2026-11-23T12:00:00Z"))
    expect(viewer).to_have_count(0)
    ignores_failures(anna)


def test_nothing_moves_when_a_picture_comes(staged: Staged) -> None:
    """Its place is kept while it is loaded: the list is at its end, and stays there."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    talk(staged, *(message(n, f"№ {n}", pictures=[pictures.has(f"p{n}")]) for n in range(1, 6)), limits=LIMITS)
    expect(anna.page.locator("#m5 img")).to_be_visible()
    anna.sees_the_end()
    height = anna.list.evaluate("(list) => list.scrollHeight")
    until(anna.page, "document.querySelector('#m5 img').complete")
    assert anna.list.evaluate("(list) => list.scrollHeight") == height
    fake.sends(message(6, "Новая", pictures=[pictures.has("p6", 500, 2000)]))
    expect(anna.page.locator("#m6 img")).to_be_visible()
    anna.sees_the_end()
    assert anna.page.locator("#m6 img").evaluate("(image) => [image.width, image.height]") == [80, 320]
