"""Where somebody stopped reading: what counts as read, what is still unread, and the place that stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .fake_server import BORIS, ME, FakeServer, message
from .old_parts import answers_later, gives
from .people import GREETING, People, Person, until
from .steps import FIRST_IN_SIGHT, Staged, a_long_room, history_of, misfits, talk

FOCUS = """(focused) => {
    Object.defineProperty(document, "hasFocus", { value: () => focused, configurable: true });
    dispatchEvent(new Event(focused ? "focus" : "blur"));
}"""


def has_read(anna: Person, seq: int) -> None:
    """On her last visit, Anna had read so many messages."""
    anna.page.add_init_script(
        f"""localStorage.setItem("wschat.read.chat", JSON.stringify({{ epoch: "e1", seq: {seq} }}))"""
    )


def visits_again(anna: Person, fake: FakeServer, newest: int, read: int) -> None:
    """Anna comes back to a room of so many messages, of which she had read so many."""
    has_read(anna, read)
    a_long_room(fake, newest)
    anna.visits()


def test_what_comes_to_a_tab_is_read_when_one_comes_back(staged: Staged) -> None:
    """At the end of the list nothing stays unread: title and icon are those of a chat that is read."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    fake.sends(message(1, "Раз"), message(2, "Два"))
    expect(anna.page).to_have_title("(2) Чат")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    expect(anna.page.locator("link[rel=icon]")).not_to_have_attribute("href", re.compile("unread"))


def test_a_window_without_focus_reads_nothing(staged: Staged) -> None:
    """A window in sight beside another program counts what comes, and is read when it gets the focus."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.page.evaluate(FOCUS, False)
    fake.sends(message(1, "Раз"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.page.evaluate(FOCUS, True)
    expect(anna.page).to_have_title("Чат")


def test_the_unread_begin_at_ones_own_place(staged: Staged) -> None:
    """Of seventy unread messages the line is before the first, though a welcome has fifty."""
    anna, fake = staged
    visits_again(anna, fake, newest=300, read=230)
    expect(anna.page.locator(".divider-new + .message")).to_have_attribute("id", "m231")
    expect(anna.page.locator("#m231")).to_be_in_viewport()
    until(anna.page, lambda: anna.page.title() == f"({300 - int(anna.page.evaluate(LAST_IN_SIGHT))}) Чат")


LAST_IN_SIGHT = """Math.max(...[...document.querySelectorAll(".message[data-key]")]
    .filter((each) => each.getBoundingClientRect().bottom <= list.getBoundingClientRect().bottom + 1)
    .map((each) => Number(each.id.slice(1))))"""


def test_more_unread_than_the_page_holds_are_counted_above(staged: Staged) -> None:
    """The line says how many more there are above it."""
    anna, fake = staged
    visits_again(anna, fake, newest=1000, read=100)
    expect(anna.page.locator(".divider-new")).to_have_text(re.compile(r"Ещё 6\d\d непрочитанных выше"))


@pytest.mark.slow
@pytest.mark.parametrize("wish", ["message", "scroll"])
def test_who_goes_elsewhere_at_the_start_isnt_taken_to_the_line(staged: Staged, wish: str) -> None:
    """The unread messages above are on their way when the reader goes to a message, or scrolls."""
    anna, fake = staged
    has_read(anna, 700)
    a_long_room(fake, 1000)
    held = answers_later(fake)
    anna.visits()
    until(anna.page, lambda: bool(held))
    expect(anna.page.locator("#m951")).to_be_attached()
    if wish == "message":
        anna.page.evaluate("location.hash = '#m750'")
        until(anna.page, lambda: any(each["before"] < 900 for each in held))
        gives(fake, held[-1])
        expect(anna.page.locator("#m750")).to_be_in_viewport()
    else:
        anna.scrolls_to(-300)
    read = anna.page.evaluate(FIRST_IN_SIGHT)["key"]
    fake.answers["history"] = history_of
    gives(fake, held[0])
    anna.page.wait_for_timeout(500)
    expect(anna.page.locator(f"#{read}")).to_be_in_viewport()


def test_the_button_counts_down_and_leads_to_the_line_first(staged: Staged) -> None:
    """It counts what lies below the last message in sight; the first press goes to the line, the next to the end."""
    anna, fake = staged
    a_long_room(fake, 100)
    anna.visits()
    expect(anna.messages).to_have_count(50)
    anna.scrolls_to(-1000)
    expect(anna.page.locator(".to-end")).to_be_visible()
    fake.sends(*(message(n, f"№ {n}") for n in range(101, 141)))
    button = anna.page.locator(".to-end")
    expect(button).to_have_text("40 новых")
    button.click()
    expect(anna.page.locator(".divider-new")).to_be_in_viewport()
    until(anna.page, lambda: button.inner_text() == f"{140 - int(anna.page.evaluate(LAST_IN_SIGHT))} новых")
    button.click()
    expect(button).to_have_count(0)
    anna.sees_the_end()


def test_another_tab_has_read_it(people: People) -> None:
    """A message read in one tab isn't unread in the others of the same person."""
    anna, boris = people.comes("Анна"), people.comes("Борис")
    other = anna.second_tab()
    other.evaluate(FOCUS, False)
    boris.says("Всем")
    anna.sees("Всем")
    expect(other).to_have_title(re.compile("^(?!\\()"))


def test_the_place_stays_when_the_window_gets_another_shape(staged: Staged) -> None:
    """A person who reads further up and turns the phone sees the same message at the same height."""
    anna, fake = staged
    long = "Довольно длинная строка, которая на узком экране занимает несколько строк. " * 3
    fake.next_welcome(messages=[message(n, f"{n} {long}") for n in range(1, 51)], seq=50, head=50)
    anna.visits()
    expect(anna.messages).to_have_count(50)
    anna.scrolls_to(1500)
    held = anna.page.evaluate(FIRST_IN_SIGHT)

    def stays() -> bool:
        now = anna.page.evaluate(FIRST_IN_SIGHT)
        return bool(now["key"] == held["key"] and abs(now["top"] - held["top"]) <= 2)

    for width, height in ((390, 844), (844, 390), (1280, 800)):
        anna.page.set_viewport_size({"width": width, "height": height})
        until(anna.page, f"innerWidth === {width}")
        anna.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        until(anna.page, stays)


def test_today_ends_at_midnight(staged: Staged) -> None:
    """In a quiet room the line says «Вчера» as soon as it is true."""
    anna, fake = staged
    anna.page.clock.install(time="2026-11-23T20:58:00Z")  # two minutes before midnight in Moscow
    fake.next_welcome(messages=[message(1, "Поздно")], seq=1, head=1)
    anna.visits()
    expect(anna.page.locator(".divider")).to_have_text("Сегодня")
    anna.page.clock.fast_forward(121_000)
    expect(anna.page.locator(".divider")).to_have_text("Вчера")


def test_older_messages_leave_the_focus_where_it_is(staged: Staged) -> None:
    """Home goes to the first message, and stays on it when older ones come above."""
    anna, fake = staged
    a_long_room(fake, 200)
    anna.visits()
    expect(anna.page.locator("#m151")).to_be_attached()  # the newest come first, those above them a frame later
    anna.page.locator("#m200").focus()
    anna.page.keyboard.press("Home")
    expect(anna.page.locator("#m200")).not_to_be_focused()
    first = int(anna.page.evaluate("document.activeElement.id.slice(1)"))  # of as many as were drawn by then
    expect(anna.page.locator(f"#m{first - 1}")).to_be_attached()
    expect(anna.page.locator(f"#m{first}")).to_be_focused()


def test_who_writes_ends_what_is_unread(staged: Staged) -> None:
    """One's own message has no line above it, and counts for nobody's unread."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends(message(1, "Привет", BORIS), message(2, "И вам", ME))
    anna.sees("И вам")
    expect(anna.page).to_have_title("Чат")


LATE = """(list) => {
    let scrolls = false;
    const soon = requestAnimationFrame;
    list.addEventListener("scroll", () => { scrolls = true; setTimeout(() => { scrolls = false; }); }, true);
    window.requestAnimationFrame = (look) => scrolls ? setTimeout(look, 2000) : soon(look);
}"""
SCROLL_AWAY = """async (list) => {
    const heard = new Promise((done) => list.addEventListener("scroll", done, { once: true }));
    list.scrollTop -= 300;
    await heard;
}"""
LEFT_BELOW = "(list) => list.scrollHeight - list.clientHeight - list.scrollTop"


@pytest.mark.slow
def test_a_message_that_is_drawn_first_pulls_nobody_back_to_the_end(staged: Staged) -> None:
    """In a flood messages are drawn between somebody's scrolling away and the frame that looks where they are."""
    anna, fake = staged
    a_long_room(fake, 60)
    anna.visits()
    expect(anna.page.locator("#m60")).to_be_in_viewport()
    room = anna.page.locator("#list")
    room.evaluate(LATE)
    room.evaluate(SCROLL_AWAY)
    fake.sends(message(61, "Ещё"))
    expect(anna.page.locator("#m61")).to_be_attached()
    assert room.evaluate(LEFT_BELOW) >= 300


def test_the_way_to_the_end_tells_of_messages_for_the_reader(staged: Staged) -> None:
    """Until they are read: by a sign for the eye, and in words for the ear."""
    anna, fake = staged
    talk(staged, *[f"№ {n}" for n in range(1, 60)])
    anna.scrolls_to(-1_000)
    button = anna.page.locator(".to-end")
    fake.sends(message(60, "№ 60"))
    expect(button).to_have_text("1 новое")
    fake.sends(message(61, "@Анна, смотри"))
    fake.sends(message(62, "№ 62"))
    expect(button).to_have_text("3 новых@")
    expect(button).to_have_accessible_name(re.compile(r"^К\sпоследним сообщениям: 3\sновых, есть для\sвас$"))
    assert misfits(anna.page) == []
    button.click()
    expect(button).to_have_count(0)
    anna.scrolls_to(-1_000)
    fake.sends(message(63, "№ 63"))
    expect(button).to_have_text("1 новое")
