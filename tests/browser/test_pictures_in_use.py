"""Pictures where something comes in between: an edit, a loss, a reload, a rule; and where only words are told."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Dialog, expect

from tests.support import Server

from .axe import violations
from .clipboard import CLIPBOARD, copied
from .conftest import fake_for, shoot
from .fake_server import ME, message
from .moderation import RULES
from .people import People, Person, until
from .pictures import LIMITS, PictureServer, chooses, drawn, hands, ignores_failures, in_a_room, picture, uploads
from .searching import searches
from .steps import Staged, fetches_keys, misfits, presses, saves_draft, strip, talk, toast

pytestmark = pytest.mark.slow
LEFTS = "(all) => all.map((each) => each.getBoundingClientRect().left)"


def test_files_are_dropped_and_text_stays_text(staged: Staged) -> None:
    """While files are dragged, the page says what a drop does; a clipboard with text, as of a table, pastes that."""
    anna, fake = staged
    in_a_room(staged)
    hands(anna.page, "paste", picture(), text="Ячейка")
    hands(anna.page, "dragover", picture())
    expect(anna.page.get_by_text("Отпустите, чтобы добавить картинку")).to_be_visible()
    assert misfits(anna.page) == []
    hands(anna.page, "drop", picture(), picture())
    uploads(anna.page, 2)
    hands(anna.page, "drop", *(picture(f"{n}.png") for n in range(5)))
    toast(anna, "В сообщении может быть не больше 4 картинок")
    expect(anna.page.locator(".drop-hint")).to_have_count(0)
    uploads(anna.page, 4)
    assert fake.commands("post") == []


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_another_file_is_told_what_can_be_sent(staged: Staged, how: str) -> None:
    """The page names the formats that every server takes."""
    in_a_room(staged)
    hands(staged[0].page, how, {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    toast(staged[0], "Отправить можно только картинки, например JPEG, PNG, GIF, WebP")


def test_an_edit_keeps_the_pictures_of_the_message_and_of_the_draft(staged: Staged) -> None:
    """Those of the draft wait like its text; the message may lose its text, since it has something to see."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    talk(staged, message(1, "Подпись", ME, pictures=[pictures.has("p1")]), limits=LIMITS)
    anna.page.locator("#m1 .picture").wait_for()
    chooses(anna.page, picture())
    uploads(anna.page, 1)
    presses(anna, 1, "e")
    expect(strip(anna)).to_have_text(re.compile("Картинка. Подпись"))
    expect(anna.page.locator(".attachment")).to_have_count(0)
    expect(anna.page.locator("#attach")).to_be_disabled()
    hands(anna.page, "paste", picture())
    toast(anna, "Сначала сохраните или отмените изменение сообщения")
    anna.field.fill("")
    anna.field.press("Enter")
    assert fake.hears("edit", 1)[0]["text"] == ""
    expect(anna.page.locator("#m1 .picture")).to_have_count(1)
    expect(anna.page.locator("#m1 .edited")).to_be_visible()
    assert (lefts := anna.page.locator("#m1 :is(.picture, .edited)").evaluate_all(LEFTS))[0] == lefts[1]
    uploads(anna.page, 1)


def test_an_upload_goes_on_after_a_loss_with_a_new_ticket(staged: Staged) -> None:
    """What was on its way when the connection was lost is sent once more."""
    anna, fake = staged
    pictures = in_a_room(staged)
    pictures.holds = True
    chooses(anna.page, picture())
    until(anna.page, lambda: len(pictures.held) == 1)
    fake.closes(1012)
    pictures.held.pop().abort()
    pictures.holds = False
    uploads(anna.page, 1)
    assert pictures.uploads == ["Bearer ticket2"]
    ignores_failures(anna)


def test_a_reload_keeps_what_is_uploaded(staged: Staged) -> None:
    """The pictures of the draft and of a post that waits are the server's then."""
    anna, fake = staged
    in_a_room(staged)
    fake.answers["post"] = []
    chooses(anna.page, picture())
    uploads(anna.page, 1)
    anna.says("Ждёт")
    chooses(anna.page, picture())
    uploads(anna.page, 1)
    saves_draft(anna.page)
    until(anna.page, "localStorage.getItem('wschat.outbox.chat') === null")
    fake.next_welcome(limits=LIMITS)
    anna.reloads()
    uploads(anna.page, 1)
    sources = [re.compile("/r/chat/pictures/picture2$"), re.compile("/r/chat/pictures/picture1$")]
    expect(anna.page.locator(".attachment img")).to_have_attribute("src", sources[0])
    expect(anna.page.locator("[data-post] .picture img")).to_have_attribute("src", sources[1])
    assert fake.hears("post", 2)[1]["pictures"] == ["receipt-picture1"]


def test_a_receipt_that_isnt_taken_is_asked_for_again(staged: Staged) -> None:
    """The message is a draft again, with its text and the pictures that are still on this device."""
    anna, fake = staged
    pictures = in_a_room(staged)
    take = fake.answers["post"]
    fake.answers["post"] = lambda post: {"type": "error", "code": "picture_invalid", "id": post["id"]}
    chooses(anna.page, picture())
    uploads(anna.page, 1)
    anna.says("Смотрите")
    expect(anna.page.get_by_text("Не отправлено: картинку нужно добавить ещё раз").first).to_be_visible()
    anna.page.get_by_role("button", name="Исправить").click()
    expect(anna.field).to_have_value("Смотрите")
    uploads(anna.page, 1)
    fake.answers["post"] = take
    anna.field.press("Enter")
    assert fake.hears("post", 2)[1]["pictures"] == ["receipt-picture2"]
    assert len(pictures.uploads) == 2


def test_a_picture_lost_with_its_tab_is_asked_for_again(staged: Staged) -> None:
    """Its post comes back as one that wasn't sent."""
    anna, fake = staged
    pictures = in_a_room(staged)
    pictures.holds = True
    chooses(anna.page, picture())
    expect(anna.page.locator(".attachment img")).to_be_visible()
    anna.says("Смотрите")
    expect(anna.page.locator("[data-status=uploading]")).to_be_visible()
    until(anna.page, "localStorage.getItem('wschat.outbox.chat') === null")
    asked: list[str] = []

    def leaves(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    anna.page.on("dialog", leaves)
    fake.next_welcome(limits=LIMITS)
    anna.reloads()
    assert asked == ["beforeunload"]
    expect(anna.page.get_by_text("Не отправлено: картинку нужно добавить ещё раз").first).to_be_visible()
    anna.page.get_by_role("button", name="Исправить").click()
    expect(anna.field).to_have_value("Смотрите")
    expect(anna.page.locator(".attachment")).to_contain_text("Добавьте эту картинку ещё раз")
    ignores_failures(anna)


def test_who_may_not_write_attaches_nothing(staged: Staged) -> None:
    """Nor does anybody where the server takes no pictures."""
    anna, fake = staged
    talk(staged, limits={**LIMITS, "pictures": 0})
    hands(anna.page, "drop", picture())
    toast(anna, "Файлы отправить нельзя")
    expect(anna.page.locator("#attach")).to_have_count(0)
    fake.next_welcome(limits=LIMITS, rules={**RULES, "read_only": True})
    anna.reloads()
    expect(anna.page.locator("#attach")).to_be_hidden()
    until(anna.page, lambda: anna.page.locator("#attach").count() == 1)
    hands(anna.page, "drop", picture())
    toast(anna, "Пишут только модераторы")


def test_a_photo_leaves_without_what_the_camera_wrote(anna: Person, boris: Person) -> None:
    """It is the right way up, not larger than needed, and says nothing of where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    exif[0x010F] = "Camera"
    anna.page.evaluate("""() => {
        const { send } = XMLHttpRequest.prototype;
        XMLHttpRequest.prototype.send = function (body) { globalThis.sent = body; send.call(this, body); };
    }""")
    expect(anna.page.locator("#attach")).to_be_visible()
    photo = drawn(3000, 1500, format="JPEG", exif=exif)
    chooses(anna.page, {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo})
    uploads(anna.page, 1)
    sent = anna.page.evaluate("sent.arrayBuffer().then((bytes) => [...new Uint8Array(bytes)])")
    with Image.open(io.BytesIO(bytes(sent))) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (1254, 2508), {})
    anna.field.press("Enter")
    seen = boris.page.locator(".picture img")
    until(boris.page, lambda: seen.count() == 1 and seen.evaluate("(image) => image.naturalHeight") == 2508)


def test_where_only_words_are_told_a_picture_is_one(people: People, server: Server) -> None:
    """In quotes, above the field, for screen readers, in copies and among results of a search."""
    anna, fake = fake_for(people, server, permissions=CLIPBOARD)
    pictures = PictureServer(anna.page, fake)
    both = [pictures.has("p1"), pictures.has("p2")]
    told = [
        message(1, "", pictures=both),
        message(2, "Кот", pictures=both[:1]),
        message(3, "Да", reply={"seq": 1, "from": ME}, rev=3),
    ]
    talk((anna, fake), *told, limits=LIMITS)
    expect(anna.page.locator("#m3 .quote")).to_contain_text("2 картинки")
    presses(anna, 2, "r")
    expect(strip(anna)).to_contain_text("Картинка. Кот")
    anna.page.keyboard.press("Escape")
    fake.sends(message(4, "", pictures=both[:1]))
    expect(anna.page.locator("#announcer")).to_contain_text("Борис\u2069: Картинка")
    anna.page.locator("#m2").focus()
    anna.page.keyboard.press("Control+C")
    assert copied(anna) == "Картинка. Кот"
    fake.answers["search"] = {"type": "found", "epoch": "e1", "messages": [told[1]], "words": ["Кот"]}
    searches(anna, "кот")
    expect(anna.page.locator(".hit-text")).to_have_text("Картинка. Кот")


def the_list(anna: Person, pictures: PictureServer) -> None:
    anna.page.locator("#m1 .picture").first.wait_for()


def the_strip(anna: Person, pictures: PictureServer) -> None:
    pictures.refusals = [(507, {"code": "no_space", "detail": ""})]
    chooses(anna.page, picture("a.png"), picture("b.png"), picture("c.png"))
    uploads(anna.page, 3)


def the_viewer(anna: Person, pictures: PictureServer) -> None:
    anna.page.locator("#m1 .picture").first.click()
    image, row = (anna.dialog("picture").locator(each).bounding_box() for each in ("img", ".viewer-row"))
    assert image
    assert row
    assert image["y"] + image["height"] <= row["y"]


@pytest.mark.parametrize("scene", [the_list, the_strip, the_viewer])
@pytest.mark.parametrize("width", [1280, 320])
def test_everything_has_its_place_and_its_name(
    people: People, server: Server, scene: Callable[[Person, PictureServer], None], width: int
) -> None:
    """On wide and narrow screens, with large text, in forced colours; axe has nothing to object to."""
    anna, fake = fake_for(people, server, width=width, height=640, reduced_motion="reduce")
    pictures = PictureServer(anna.page, fake)
    some = [pictures.has("p1", 1600, 900), pictures.has("p2", 300, 1200, "plum"), pictures.has("p3", 30, 20, "sand")]
    talk((anna, fake), message(1, "Три", pictures=some), message(2, "", ME, pictures=some[:1]), limits=LIMITS)
    scene(anna, pictures)
    assert misfits(anna.page) == []
    assert violations(anna.page, "{ resultTypes: ['violations'] }") == []
    anna.page.emulate_media(color_scheme="dark")
    assert violations(anna.page, "{ resultTypes: ['violations'] }") == []
    size = 200 if width > 320 else 137.5  # of the letters (%)
    anna.page.evaluate(f"document.documentElement.style.fontSize = '{size}%'")
    assert misfits(anna.page) == []
    anna.page.emulate_media(forced_colors="active")
    assert misfits(anna.page) == []
    shoot(anna, f"pictures-{scene.__name__}-{width}")
    ignores_failures(anna)


def test_keys_reach_a_picture_and_print_has_it(staged: Staged) -> None:
    """Enter goes into the message, and opens what has the focus there; on paper the picture is there, too."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    talk(staged, message(1, "Кот", pictures=[pictures.has("p1")]), limits=LIMITS)
    anna.page.locator("#m1 .picture").wait_for()
    fetches_keys(anna.page)
    presses(anna, 1, "Enter")
    for _ in range(5):
        if anna.page.locator("#m1 .picture:focus").count():
            break
        anna.page.keyboard.press("Tab")
    expect(anna.page.locator("#m1 .picture")).to_be_focused()
    anna.page.keyboard.press("Enter")
    expect(anna.dialog("picture")).to_be_visible()
    anna.page.keyboard.press("Escape")
    chooses(anna.page, picture())
    uploads(anna.page, 1)
    anna.page.emulate_media(media="print")
    expect(anna.page.locator("#m1 img")).to_be_visible()
    expect(anna.page.locator(".attached")).to_be_hidden()


def test_forced_colours_leave_pictures_their_ground(staged: Staged) -> None:
    """What is transparent stands on the same ground as ever: dark letters would be lost on a black one."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    talk(staged, message(1, "", pictures=[pictures.has("p1")]), limits=LIMITS)
    anna.page.emulate_media(forced_colors="active", color_scheme="dark")
    ground = "(image) => getComputedStyle(image).backgroundColor"
    image = anna.page.locator("#m1 img")
    assert image.evaluate(ground) == "rgb(120, 130, 141)"
    image.click()
    assert anna.dialog("picture").locator("img").evaluate(ground) == "rgb(120, 130, 141)"
