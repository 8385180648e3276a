"""Mice, fingers and pens: what is dragged, what rests, and what only ends where it is lifted."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for, shoot
from .fake_server import BORIS, ME, message
from .moderation import moderates
from .people import People, Person, until
from .steps import Staged, has, menu_items, talk

pytestmark = pytest.mark.slow

PHONE: dict[str, Any] = {"has_touch": True, "is_mobile": True, "width": 390, "height": 844}


class Finger:
    """A finger on the screen, at a place (px)."""

    def __init__(self, person: Person) -> None:
        self._cdp = person.context.new_cdp_session(person.page)

    def down(self, x: float, y: float) -> None:
        self._sends("touchStart", {"x": x, "y": y})

    def move(self, x: float, y: float) -> None:
        self._sends("touchMove", {"x": x, "y": y})

    def up(self) -> None:
        self._sends("touchEnd")

    def _sends(self, kind: str, *points: dict[str, float]) -> None:
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})


class Pen:
    """A pen on the screen, or just above it, at a place (px)."""

    def __init__(self, person: Person) -> None:
        self._cdp = person.context.new_cdp_session(person.page)

    def over(self, x: float, y: float) -> None:
        self._sends("mouseMoved", x, y)

    def down(self, x: float, y: float) -> None:
        self._sends("mousePressed", x, y, button="left", clickCount=1)

    def up(self, x: float, y: float) -> None:
        self._sends("mouseReleased", x, y, button="left", clickCount=1)

    def clicks_its_button(self, x: float, y: float) -> None:
        self._sends("mousePressed", x, y, button="right", clickCount=1)
        self._sends("mouseReleased", x, y, button="right", clickCount=1)

    def _sends(self, kind: str, x: float, y: float, **more: Any) -> None:
        self._cdp.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "pointerType": "pen", **more})


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


def test_a_name_that_is_selected_is_not_mentioned(staged: Staged) -> None:
    """By dragging over it, which writes nothing; a double click mentions once, in the list and among the people."""
    vera = {"id": "vera", "name": "Вера Павлова"}
    anna = talk(staged, "Раз", online={"count": 3, "people": [ME, BORIS, vera]})
    author, mouse = anna.page.locator("#m1 .author"), anna.page.mouse
    box = author.bounding_box()
    assert box
    _, y = middle(author)
    mouse.move(box["x"] + box["width"] - 1, y)
    mouse.down()
    mouse.move(box["x"] + 1, y, steps=5)
    mouse.up()
    has(anna.page, "message-buttons.js")
    expect(anna.field).to_have_value("")
    assert len(anna.page.evaluate("String(getSelection())")) > 3
    anna.page.locator("#m1 .avatar").click()
    expect(anna.field).to_have_value("@Борис ")
    author.dblclick()
    expect(anna.field).to_have_value("@Борис @Борис ")
    anna.page.locator("aside .person", has_text="Вера").dblclick()
    expect(anna.field).to_have_value("@Борис @Борис @Вера Павлова ")


def test_a_finger_scrolls_the_names_and_picks_one(people: People, server: Server) -> None:
    """Where not all fit, a finger that goes over them picks nobody; a tap does, and the field keeps the focus."""
    anna, fake = fake_for(people, server, **{**PHONE, "height": 400})
    others = [{"id": f"p{n}", "name": f"Участник {n}"} for n in range(1, 7)]
    fake.next_welcome(online={"count": 7, "people": [ME, *others]})
    anna.arrives()
    anna.field.tap()
    anna.field.press_sequentially("@уч")
    names = anna.page.locator("#mentions")
    expect(names.get_by_role("option")).to_have_count(6)
    x, y = middle(names)
    finger = Finger(anna)
    finger.down(x, y)
    for step in range(1, 7):
        finger.move(x, y - 15 * step)
    finger.up()
    until(anna.page, "mentions.scrollTop > 20")
    shoot(anna, "mentions-scrolled")
    expect(anna.field).to_have_value("@уч")
    expect(names.get_by_role("option")).to_have_count(6)
    names.get_by_role("option", name="Участник 5").tap()
    expect(anna.field).to_have_value("@Участник 5 ")
    expect(anna.field).to_be_focused()
    expect(names).to_have_count(0)


def test_a_click_picks_a_name_and_a_right_press_does_not(staged: Staged) -> None:
    """The list stays open under it, and the field has the focus."""
    anna, fake = staged
    fake.next_welcome(online={"count": 2, "people": [ME, BORIS]})
    anna.arrives()
    anna.field.press_sequentially("@бо")
    option = anna.page.get_by_role("option")
    option.click(button="right")
    expect(anna.field).to_be_focused()
    expect(anna.field).to_have_value("@бо")
    option.click()
    expect(anna.field).to_have_value("@Борис ")
    expect(anna.field).to_be_focused()


def test_a_long_press_opens_the_menu(people: People, server: Server) -> None:
    """On a touch screen a finger that rests on a message opens its menu; one that scrolls doesn't."""
    anna = talk(fake_for(people, server, **PHONE), "Раз")
    has(anna.page, "message-buttons.js")
    x, y = middle(anna.page.locator("#m1 .text"))
    finger = Finger(anna)
    finger.down(x, y)
    finger.move(x, y + 60)
    anna.page.wait_for_timeout(800)
    finger.up()
    expect(anna.page.get_by_role("menu")).to_have_count(0)
    finger.down(x, y)
    expect(anna.page.get_by_role("menu")).to_be_visible()
    finger.up()
    assert menu_items(anna.page) == ["Ответить", "Упомянуть", "Скопировать текст", "Скопировать ссылку"]
    for entry in anna.page.get_by_role("menuitem").all():  # also the one with the focus: nothing was chosen
        expect(entry).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    shoot(anna, "hands-menu-phone")


def test_a_long_press_goes_on_while_messages_come(people: People, server: Server) -> None:
    """The list follows them to its end under a finger that rests: only the finger's own scrolling ends the press."""
    staged = fake_for(people, server, **PHONE)
    anna = talk(staged, *(f"№ {n}" for n in range(1, 51)))
    has(anna.page, "message-buttons.js")
    anna.sees_the_end()
    finger = Finger(anna)
    finger.down(*middle(anna.page.locator("#m47 .text")))
    anna.page.wait_for_timeout(200)
    staged[1].sends(message(51, "Потом"))
    expect(anna.page.locator("#m51")).to_be_in_viewport()
    expect(anna.page.locator("#m47[data-menu]")).to_be_visible()
    finger.up()
    expect(anna.page.get_by_role("menu")).to_be_visible()


def test_a_long_press_opens_the_menu_of_a_person(people: People, server: Server) -> None:
    """In the sheet of a phone; the finger that is lifted then mentions nobody, and the menu says whose it is."""
    staged = fake_for(people, server, **PHONE)
    anna = moderates(staged)
    anna.page.locator("button.bar-online:visible").click()
    finger = Finger(anna)
    finger.down(*middle(anna.page.locator("dialog[open] .person", has_text="Борис").locator("bdi")))
    expect(anna.page.get_by_role("menu")).to_be_visible()
    finger.up()
    expect(anna.page.get_by_role("menu")).to_be_visible()
    expect(anna.page.get_by_role("menu").locator(".menu-line")).to_have_text("Борис")
    expect(anna.field).to_have_value("")


def test_a_pen_opens_the_menu_of_a_message(staged: Staged) -> None:
    """By resting on it, as a finger does; the buttons follow it from above, as they follow a mouse."""
    anna = talk(staged, "Раз", "Два")
    pen = Pen(anna)
    place = middle(anna.page.locator("#m2 .text"))
    pen.over(place[0], place[1] - 3)
    pen.over(*place)
    expect(anna.page.locator("#m2 .message-more")).to_be_visible()
    pen.down(*place)
    expect(anna.page.get_by_role("menu")).to_be_visible()
    pen.up(*place)
    anna.page.wait_for_timeout(100)
    expect(anna.page.get_by_role("menu")).to_be_visible()
    shoot(anna, "pen-menu")


def test_the_button_of_a_pen_opens_the_menu_of_a_message(staged: Staged) -> None:
    """As a right click does."""
    anna = talk(staged, "Раз", "Два")
    Pen(anna).clicks_its_button(*middle(anna.page.locator("#m2 .text")))
    expect(anna.page.get_by_role("menu")).to_be_visible()
    expect(anna.page.locator("#m2[data-menu]")).to_be_visible()


def test_a_pen_opens_the_menu_of_a_person_once(staged: Staged) -> None:
    """A tablet asks for its menu meanwhile, as a right click would."""
    anna = moderates(staged)
    row = anna.page.locator("aside .person", has_text="Борис")
    has(anna.page, "long-press.js")
    pen, place = Pen(anna), middle(row)
    pen.down(*place)
    anna.page.wait_for_timeout(100)
    asked = '{ pointerType: "pen", bubbles: true, cancelable: true }'
    row.locator("bdi").evaluate(f"(name) => name.dispatchEvent(new PointerEvent('contextmenu', {asked}))")
    expect(anna.page.locator("dialog.menu")).to_have_count(1)
    anna.page.wait_for_timeout(700)
    pen.up(*place)
    expect(anna.page.locator("dialog.menu")).to_have_count(1)
    expect(anna.field).to_have_value("")


def test_a_sheet_leaves_its_message_in_sight(people: People, server: Server) -> None:
    """The menu of a message, and the picker of a reaction; the list isn't scrolled, and is where it was afterwards."""
    anna = talk(fake_for(people, server, **PHONE), *(f"Сообщение {n}\nв две строки" for n in range(1, 21)))
    anna.sees_the_end()
    before, place = anna.list.evaluate("(list) => list.scrollTop"), middle(anna.page.locator("#m20"))
    finger, newest, menu = Finger(anna), anna.page.locator("#m20"), anna.page.locator(".menu")
    for sheet in (menu, anna.dialog("emoji")):
        finger.down(*place)
        expect(menu).to_be_visible()
        finger.up()
        if sheet != menu:
            menu.get_by_role("menuitem", name="Добавить реакцию").tap()
            expect(sheet).to_be_visible()
        until(anna.page, partial(is_above, newest, sheet))
        shoot(anna, f"sheet-{'menu' if sheet == menu else 'picker'}")
        assert starts(newest) >= ends(anna.page.locator("#bar"))
        assert anna.list.evaluate("(list) => list.scrollTop") == before
        anna.page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        until(anna.page, lambda: middle(newest) == place)


def is_above(upper: Locator, lower: Locator) -> bool:
    """Whether one ends before the other begins."""
    return ends(upper) <= starts(lower)


def starts(element: Locator) -> float:
    """Where it begins on the screen (px), from above."""
    box = element.bounding_box()
    assert box
    return box["y"]


def ends(element: Locator) -> float:
    """Where it ends on the screen (px), from above."""
    box = element.bounding_box()
    assert box
    return box["y"] + box["height"]
