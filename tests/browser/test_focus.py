"""Where the focus is when what had it, or what it was to return to, goes away."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from playwright.sync_api import Locator, expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import BORIS, ME, FakeServer, amended, message
from .moderation import RULES, VERA, enters, moderates, rules
from .people import People, Person, until
from .steps import Staged, a_long_room, fetches_keys, history_of, presses, secure_only, talk_by_keys

pytestmark = pytest.mark.slow


def boris_leaves(anna: Person, fake: FakeServer) -> None:
    fake.sends({"type": "online", "left": [BORIS], "count": 2})
    anna.sees_online("Анна", "Вера")


def opens_menu_by_key(anna: Person) -> Locator:
    anna.page.locator("aside .person", has_text="Борис").locator(".person-more").focus()
    anna.page.keyboard.press("Enter")
    opened = anna.page.get_by_role("menu")
    expect(opened).to_be_visible()
    return opened


def test_a_person_leaves_while_their_menu_is_open(staged: Staged) -> None:
    """Afterwards the list of people has the focus, not the empty page."""
    anna, fake = staged
    moderates(staged, barred=[])
    opens_menu_by_key(anna)
    boris_leaves(anna, fake)
    anna.page.keyboard.press("Escape")
    expect(anna.page.locator("aside .people-list")).to_be_focused()


@pytest.mark.parametrize("opened", [False, True])
def test_the_rule_in_the_header_ends(staged: Staged, *, opened: bool) -> None:
    """The room's name beside it has the focus then, also if the rules were open in a dialog."""
    anna, fake = staged
    enters(staged, rules={**RULES, "slow": 30})
    anna.page.locator(".bar-topic").focus()
    if opened:
        anna.page.keyboard.press("Enter")
        expect(anna.dialog("topic")).to_be_visible()
    rules(fake)
    expect(anna.page.locator(".bar-topic")).to_have_count(0)
    expect(anna.dialog("topic")).to_have_count(0)
    expect(anna.page.locator(".bar-rooms")).to_be_focused()


def test_a_role_ends_while_the_panel_is_open(staged: Staged) -> None:
    """The panel closes, and the button that had opened it has gone with the role."""
    anna, fake = staged
    moderates(staged)
    anna.page.locator("[data-tool=moderation]").focus()
    anna.page.keyboard.press("Enter")
    expect(anna.dialog("moderation")).to_be_visible()
    fake.sends({"type": "role", "role": ""})
    expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
    expect(anna.dialog("moderation")).to_have_count(0)
    expect(anna.page.locator(".bar-rooms")).to_be_focused()


def test_a_double_click_opens_one_menu(staged: Staged) -> None:
    """The menu waits for what its person is kept from; a second press meanwhile doesn't open another one over it."""
    anna, _ = staged
    moderates(staged, barred=[])
    anna.page.locator("aside .person", has_text="Борис").hover()
    anna.page.locator("aside .person", has_text="Борис").locator(".person-more").dblclick()
    menus = anna.page.locator("dialog.menu")
    expect(menus).to_have_count(1)
    anna.page.keyboard.press("Escape")
    expect(menus).to_have_count(0)


def test_a_person_leaves_while_one_chooses_for_how_long_to_mute_them(staged: Staged) -> None:
    """As with their menu."""
    anna, fake = staged
    moderates(staged, barred=[])
    opens_menu_by_key(anna).get_by_role("menuitem", name="Запретить писать").press("Enter")
    expect(anna.dialog("barring")).to_be_visible()
    boris_leaves(anna, fake)
    anna.page.keyboard.press("Escape")
    expect(anna.dialog("barring")).to_have_count(0)
    expect(anna.page.locator("aside .people-list")).to_be_focused()


@pytest.mark.parametrize("way", ["menu", "deletion"])
def test_a_message_joins_a_run_while_one_acts_on_it(staged: Staged, way: str) -> None:
    """Another moderator deletes it: the line of the run has the focus, where keys go on working."""
    anna, fake = staged
    moderates(staged, messages=[message(1, "Реклама"), message(2, "Реклама"), message(3, "Да", VERA)], seq=3, head=3)
    fetches_keys(anna.page)
    anna.page.locator("#m1").focus()
    anna.page.keyboard.press("Shift+F10" if way == "menu" else "Delete")
    dialog = anna.page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    now = datetime.now(timezone.utc).isoformat()
    for n in (2, 1):
        fake.sends(amended(6 - n, message(n, ""), text=None, deleted=True, moderated=True, edited=now))
    expect(dialog).to_have_count(0)
    expect(anna.page.locator("#m1")).to_have_count(0)
    expect(anna.page.locator("#m2")).to_be_focused()


def test_ones_own_message_that_was_removed_by_keyboard_keeps_the_place(staged: Staged) -> None:
    """Delete and Enter leave the focus on the line where the message was; the arrows go on from there."""
    anna, fake = staged
    talk_by_keys(staged, message(1, "раз"), message(2, "два", ME), message(3, "три"))
    anna.page.locator("#m2").focus()
    anna.page.keyboard.press("Delete")
    expect(anna.dialog("deletion")).to_be_visible()
    anna.page.keyboard.press("Enter")
    until(anna.page, lambda: fake.commands("delete"))
    expect(anna.page.locator("#m2 .tombstone")).to_be_visible()
    expect(anna.page.locator("#m2")).to_be_focused()
    anna.page.keyboard.press("ArrowUp")
    expect(anna.page.locator("#m1")).to_be_focused()


def test_a_dialog_that_nothing_had_opened_leaves_the_focus_alone(staged: Staged) -> None:
    """The list takes it only when what had it has gone."""
    anna, _ = staged
    anna.arrives()
    fetches_keys(anna.page)
    anna.page.evaluate("document.activeElement.blur()")
    anna.page.keyboard.press("Control+k")
    expect(anna.page.locator("dialog[open]")).to_be_visible()
    anna.page.keyboard.press("Escape")
    expect(anna.dialog("rooms")).to_have_count(0)
    anna.page.evaluate("new Promise(requestAnimationFrame)")
    expect(anna.page.locator("body")).to_be_focused()


def test_of_two_dialogs_with_one_name_the_first_is_closed(staged: Staged) -> None:
    """Also when the first was itself the second of two that were opened at once."""
    anna = talk_by_keys(staged, "Раз")
    settings = anna.opens("settings")
    press = "document.querySelector('[data-tool=settings]').click()"
    anna.page.evaluate(press)
    expect(settings).to_have_count(1)
    anna.page.wait_for_timeout(100)  # until the close event of the first has come
    anna.page.evaluate(press)
    anna.page.wait_for_timeout(100)
    expect(settings).to_have_count(1)


def test_what_opened_a_dialog_from_another_one_goes(staged: Staged) -> None:
    """The other dialog has the focus then, since nothing below it can have it."""
    anna, _ = staged
    moderates(staged, barred=[])
    panel = anna.opens("moderation")
    panel.locator(".moderation-clear").click()
    expect(anna.dialog("clear")).to_be_visible()
    panel.locator(".moderation-clear").evaluate("(button) => button.remove()")
    anna.page.keyboard.press("Escape")
    expect(anna.dialog("clear")).to_have_count(0)
    expect(panel.locator(":focus")).to_have_count(1)


def test_a_dialog_that_nothing_in_the_one_below_had_opened_leaves_the_focus_there(staged: Staged) -> None:
    """Safari gives a button that is pressed no focus, and what had it may have gone: keys would go nowhere."""
    anna, _ = staged
    moderates(staged, barred=[])
    panel = anna.opens("moderation")
    panel.locator(".moderation-clear").evaluate("(button) => { document.activeElement.blur(); button.click(); }")
    expect(anna.dialog("clear")).to_be_visible()
    anna.page.keyboard.press("Escape")
    expect(anna.dialog("clear")).to_have_count(0)
    expect(panel.locator(":focus")).to_have_count(1)


def test_the_way_to_the_end_opens_no_keyboard(people: People, server: Server) -> None:
    """On a touch screen it would cover what one went there to read: the list has the focus, and not the field."""
    anna, fake = fake_for(people, server, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    a_long_room(fake, 100)
    anna.visits()
    expect(anna.messages).to_have_count(50)
    anna.scrolls_to(-1000)
    anna.page.locator(".to-end").tap()
    anna.sees_the_end()
    expect(anna.page.locator(".to-end")).to_have_count(0)
    expect(anna.page.locator("#list")).to_be_focused()


@pytest.mark.parametrize("seq", [960, 300])
def test_a_quote_pressed_by_key_takes_the_focus_along(staged: Staged, seq: int) -> None:
    """To the message that it leads to, on the page or not: arrow keys go on from there."""
    anna, fake = staged
    fake.answers["messages"] = {"type": "messages", "messages": [message(seq, f"№ {seq}")]}
    fake.answers["history"] = history_of
    shown = [message(n, f"№ {n}") for n in range(951, 1001)]
    shown[-1]["reply"] = {"seq": seq, "from": BORIS}
    talk_by_keys(staged, *shown, seq=1000, head=1000)
    anna.page.locator("#m1000 .quote").focus()
    anna.page.keyboard.press("Enter")
    expect(anna.page.locator(f"#m{seq}")).to_be_focused()
    expect(anna.page.locator(f"#m{seq}")).to_be_in_viewport()
    anna.page.keyboard.press("ArrowUp")
    expect(anna.page.locator(f"#m{seq - 1}")).to_be_focused()


def test_who_chooses_another_name_goes_on_writing(staged: Staged) -> None:
    """Theirs was taken while they were away: the dialog closes before the field is there again."""
    anna, fake = staged
    anna.arrives()
    expect(anna.field).to_be_focused()
    fake.answers["hello"] = {"type": "error", "code": "name_taken", "suggestion": "Анна 2"}
    fake.closes(1012)
    expect(anna.dialog("join")).to_be_visible()
    del fake.answers["hello"]
    anna.page.keyboard.press("Enter")
    expect(anna.dialog("join")).to_be_hidden()
    expect(anna.field).to_be_focused()


def test_somebody_whose_name_has_the_focus_leaves(staged: Staged) -> None:
    """The list of people has it then."""
    anna, fake = staged
    enters(staged)
    anna.page.locator("aside .person", has_text="Борис").locator(".person-name").focus()
    boris_leaves(anna, fake)
    expect(anna.page.locator("aside .people-list")).to_be_focused()


def test_what_one_replies_to_is_deleted_while_one_is_about_to_leave_it(staged: Staged) -> None:
    """The button above the field goes with it, and the field has the focus then."""
    anna, fake = staged
    talk_by_keys(staged, "Раз")
    presses(anna, 1, "r")
    anna.page.locator(".compose-strip button").focus()
    fake.sends(amended(2, message(1, ""), text=None, deleted=True))
    expect(anna.page.locator(".compose-strip")).to_have_count(0)
    expect(anna.field).to_be_focused()


@secure_only
def test_an_offer_that_is_declined_by_key_leaves_the_person_in_the_field(staged: Staged) -> None:
    """Its buttons are gone then."""
    anna, _ = staged
    anna.page.add_init_script("globalThis.Notification = class { static permission = 'default'; };")
    anna.arrives()
    anna.says("Раз")
    anna.page.locator(".offer-no").press("Enter")
    expect(anna.page.locator(".offer")).to_have_count(0)
    expect(anna.field).to_be_focused()
