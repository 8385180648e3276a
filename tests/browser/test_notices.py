"""Desktop notices: whom they tell of what, what they look like, and where a press on one leads."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .fake_server import ME, FakeServer, amended, message
from .people import GREETING, People, Person, until
from .steps import secure_only

NOTICES = """
    localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", desktop: true }));
    globalThis.notices = [];
    globalThis.focused = 0;
    globalThis.focus = () => { focused += 1; };
    globalThis.Notification = class extends EventTarget {
        static permission = "PERMISSION";
        constructor(title, options) {
            super();
            notices.find(({ isOpen, tag }) => isOpen && tag === options.tag)?.close();
            this.isOpen = true;
            notices.push(Object.assign(this, { title, ...options }));
        }
        close() {
            this.isOpen = false;
            setTimeout(() => this.dispatchEvent(new Event("close")));
        }
    };
"""
# On phones only the service worker shows notices, and says nothing when one is dismissed.
ON_PHONES = """
    const Notice = Notification;
    globalThis.Notification = class {
        static permission = "granted";
        constructor() { throw new TypeError("Illegal constructor"); }
    };
    const worker = {
        showNotification: async (title, options) => void new Notice(title, options),
        getNotifications: async ({ tag }) => notices.filter((each) => each.isOpen && each.tag === tag),
    };
    navigator.serviceWorker.getRegistration = async () => worker;
"""
# Evaluating a script is an activation to the browser: here a press alone is one.
SOUNDS = """
    localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", sound: true }));
    Object.assign(globalThis, { tones: 0, isPressed: false });
    addEventListener("pointerdown", () => { isPressed = true; }, true);
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...args) { tones += 1; start.apply(this, args); };
    const says = (type, name, get) => Object.defineProperty(type.prototype, name, { get });
    says(UserActivation, "hasBeenActive", () => isPressed);
    says(AudioContext, "state", () => (isPressed ? "running" : "suspended"));
"""


def waits_for_notices(
    people: People, server: Server, permission: str = "granted", more: str = ""
) -> tuple[Person, FakeServer]:
    """Anna, who has switched notices on, and looks at another tab."""
    anna = people.comes(url=server.url, permissions=["notifications"])
    anna.page.add_init_script(NOTICES.replace("PERMISSION", permission) + more)
    fake = FakeServer(anna.page)
    anna.page.goto(anna.url)
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    return anna, fake


@secure_only
def test_a_notice_shows_who_wrote_and_leads_to_its_tab(people: People, server: Server) -> None:
    """With a picture in a form that browsers show in notices; a press focuses the tab, and the notice goes."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "**Привет**"))
    until(anna.page, "notices.length")
    shown: dict[str, Any] = anna.page.evaluate("({ title: notices[0].title, body: notices[0].body })")
    assert shown == {"title": "Борис", "body": "Привет"}
    icon = anna.page.evaluate("fetch(notices[0].icon).then((answer) => answer.headers.get('content-type'))")
    assert icon == "image/png"
    anna.page.evaluate("notices[0].dispatchEvent(new Event('click'))")
    assert anna.page.evaluate("[focused, notices[0].isOpen]") == [1, False]


@secure_only
def test_a_notice_goes_when_its_message_is_read(people: People, server: Server) -> None:
    """It doesn't stay on the desktop for what the person has read in the chat."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Привет"))
    until(anna.page, "notices.length")
    assert anna.page.evaluate("notices[0].isOpen")
    anna.has_hidden_tab(False)
    until(anna.page, "!notices[0].isOpen")


@secure_only
def test_nobody_is_notified_of_what_they_wrote(people: People, server: Server) -> None:
    """A message from another tab of the same person makes no notice; the next one of somebody else does."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Сама", ME), message(2, "Привет"))
    until(anna.page, "notices.length")
    assert anna.page.evaluate("notices.map(({ body }) => body)") == ["Привет"]


@secure_only
def test_notices_that_were_forbidden_later_stop(people: People, server: Server) -> None:
    """The setting says so instead of being on."""
    anna, fake = waits_for_notices(people, server, permission="denied")
    fake.sends(message(1, "Привет"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.has_hidden_tab(False)
    settings = anna.opens("settings")
    expect(settings.locator("input[name=desktop]")).to_be_disabled()
    expect(settings.locator("input[name=desktop]")).not_to_be_checked()
    expect(settings).to_contain_text("Уведомления запрещены в настройках браузера")
    assert anna.page.evaluate("notices.length") == 0


@secure_only
@pytest.mark.parametrize("more", ["", ON_PHONES], ids=["desktop", "phone"])
@pytest.mark.parametrize("end", ["read", "dismissed"])
def test_a_notice_that_has_gone_does_not_come_back(people: People, server: Server, more: str, end: str) -> None:
    """An edit of its message shows it again only while it is there."""
    anna, fake = waits_for_notices(people, server, more=more)
    first = message(1, "Привет")
    fake.sends(first)
    until(anna.page, "notices.length")
    if end == "read":
        anna.has_hidden_tab(False)
    else:
        anna.page.evaluate("notices[0].close()")
    until(anna.page, "!notices[0].isOpen")
    fake.sends(amended(2, first, text="Приветствую"))
    anna.sees("Приветствую")
    anna.has_hidden_tab(True)
    fake.sends(message(3, "@Анна, ещё"))
    until(anna.page, "notices.at(-1).body === '@Анна, ещё'")
    assert anna.page.evaluate("notices.length") == 2


@secure_only
@pytest.mark.parametrize("more", ["", ON_PHONES], ids=["desktop", "phone"])
def test_a_notice_says_what_its_message_says(people: People, server: Server, more: str) -> None:
    """After each edit another takes its place, in silence; it goes with its message."""
    anna, fake = waits_for_notices(people, server, more=more)
    first = message(1, "раз")
    fake.sends(first)
    until(anna.page, "notices.length")
    for seq, text in ((2, "два"), (3, "три")):
        fake.sends(amended(seq, first, text=text))
        until(anna.page, f"notices.at(-1).body === '{text}'")
        anna.page.evaluate("new Promise((done) => setTimeout(done, 20))")  # the one before says that it has closed
    assert anna.page.evaluate("notices.map(({ isOpen, silent }) => [isOpen, silent ?? false])") == [
        [False, False],
        [False, True],
        [True, True],
    ]
    fake.sends(amended(4, first, text=None, deleted=True))
    until(anna.page, "!notices.at(-1).isOpen")


def another_tab(anna: Person, fake: FakeServer, seq: int = 0, more: str = "") -> FakeServer:
    """A tab of the same room in the same browser, where the person doesn't look."""
    page = anna.open()
    hidden = "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
    page.add_init_script(hidden + NOTICES.replace("PERMISSION", "granted") + more)
    other = FakeServer(page)
    other.next_welcome(seq=seq, head=seq)
    page.goto(anna.url)
    expect(page.get_by_text(GREETING)).to_be_attached()
    return other


def noticed(anna: Person) -> list[str]:
    """What all tabs have shown as notices, in the order of the tabs."""
    found = [page.evaluate("notices.map(({ body }) => body)") for page in anna.context.pages]
    return [body for tab in found for body in tab]


@secure_only
def test_of_two_hidden_tabs_one_tells(people: People, server: Server) -> None:
    """Of each message; the other one would call a second time."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)
    for seq in (1, 2):
        for each in (fake, other):
            each.sends(message(seq, f"@Анна, раз {seq}"))
        until(anna.page, lambda seq=seq: len(noticed(anna)) >= seq)  # type: ignore[misc]
    anna.page.wait_for_timeout(1500)
    assert sorted(noticed(anna)) == ["@Анна, раз 1", "@Анна, раз 2"]


@secure_only
def test_no_hidden_tab_tells_of_what_is_read_in_another(people: People, server: Server) -> None:
    """The one that the person looks at has said how far they have read before."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)
    anna.has_hidden_tab(False)
    for each in (fake, other):
        each.sends(message(1, "Привет"))
    anna.sees("Привет")
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == []
    anna.has_hidden_tab(True)
    for each in (fake, other):
        each.sends(message(2, "@Анна, ещё"))
    until(anna.page, lambda: noticed(anna))
    anna.page.wait_for_timeout(1000)
    assert noticed(anna) == ["@Анна, ещё"]


@secure_only
def test_a_notice_that_is_on_its_way_when_its_message_is_read_goes(people: People, server: Server) -> None:
    """On phones the service worker takes its time to show one."""
    slow = """
        const show = worker.showNotification;
        globalThis.arrives = () => undefined;
        worker.showNotification = async (...notice) => {
            await new Promise((done) => { globalThis.arrives = done; });
            await show(...notice);
        };
    """
    anna, fake = waits_for_notices(people, server, more=ON_PHONES + slow)
    fake.sends(message(1, "Привет"))
    until(anna.page, "arrives.length === 1")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    anna.page.evaluate("arrives()")
    until(anna.page, "notices.length && !notices[0].isOpen")


@secure_only
def test_a_page_that_may_keep_nothing_tells_all_the_same(people: People, server: Server) -> None:
    """Where a browser denies a page its storage, it refuses locks too; then no other tab is known."""
    refused = "LockManager.prototype.request = async () => { throw new DOMException('', 'SecurityError'); };"
    anna, fake = waits_for_notices(people, server, more=refused)
    fake.sends(message(1, "Привет"))
    until(anna.page, "notices.length")


@secure_only
def test_a_notice_that_cannot_be_shown_is_no_fault_of_the_page(people: People, server: Server) -> None:
    """A service worker may refuse one; the next is shown all the same."""
    refused = """
        const show = worker.showNotification;
        globalThis.refused = 0;
        worker.showNotification = async (...notice) => {
            if (!refused++) throw new TypeError("No notification permission");
            await show(...notice);
        };
    """
    anna, fake = waits_for_notices(people, server, more=ON_PHONES + refused)
    fake.sends(message(1, "Привет"))
    until(anna.page, "refused")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    anna.has_hidden_tab(True)
    fake.sends(message(2, "@Анна, ещё"))
    until(anna.page, lambda: noticed(anna) == ["@Анна, ещё"])


CLEARED = {"type": "reset", "epoch": "e2", "seq": 0, "messages": [], "cleared": True}


@secure_only
def test_nobody_is_notified_of_what_was_cleared_at_once(people: People, server: Server) -> None:
    """A moderator may clear the room while its tabs still wait for each other."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Реклама"), CLEARED)
    expect(anna.page.get_by_text("Модератор очистил комнату")).to_be_attached()
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == []


@secure_only
def test_the_first_message_after_a_clear_is_told_as_well(people: People, server: Server) -> None:
    """It has the number that the first one of the log before had, which was told a moment ago."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Привет"))
    until(anna.page, "notices.length")
    fake.sends(CLEARED, message(1, "@Анна, ещё", epoch="e2"))
    until(anna.page, lambda: noticed(anna) == ["Привет", "@Анна, ещё"])


@secure_only
def test_a_message_that_was_read_holds_up_no_other(people: People, server: Server) -> None:
    """Two notices are two seconds apart; what was read before it was told made none."""
    anna, fake = waits_for_notices(people, server)
    fake.sends(message(1, "Раз"))
    expect(anna.page).to_have_title("(1) Чат")
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    anna.has_hidden_tab(True)
    anna.page.wait_for_timeout(800)
    fake.sends(message(2, "Два"))
    until(anna.page, lambda: noticed(anna) == ["Два"])


@secure_only
def test_a_tab_that_may_not_play_leaves_the_sound_to_one_that_may(people: People, server: Server) -> None:
    """Browsers play nothing in a tab that was restored and never pressed, however early it hears of the message."""
    anna, fake = waits_for_notices(people, server, more=SOUNDS)
    anna.page.locator("#field").click()
    other = another_tab(anna, fake, more=SOUNDS)
    for each in (other, fake):
        each.sends(message(1, "Привет"))
        anna.page.wait_for_timeout(200)
    until(anna.page, "tones")
    assert [page.evaluate("tones") for page in anna.context.pages] == [2, 0]  # the two notes of one signal


@secure_only
def test_of_a_programs_message_one_tab_tells_and_none_while_one_is_looked_at(people: People, server: Server) -> None:
    """It has no number, and each server its own time of it."""
    anna, fake = waits_for_notices(people, server)
    other = another_tab(anna, fake)

    def says(text: str) -> None:
        for second, each in enumerate((fake, other)):
            told = {"type": "message", "room": "chat", "from": {"name": "CI"}, "text": text, "outside": True}
            each.sends({**told, "time": f"2026-11-23T09:01:0{second}.000Z"})

    anna.has_hidden_tab(False)
    says("@Анна, раз")
    anna.page.wait_for_timeout(1500)
    assert noticed(anna) == []
    anna.has_hidden_tab(True)
    for count in (1, 2):  # also the same once more
        says("@Анна, два")
        anna.page.wait_for_timeout(1500)
        assert noticed(anna) == ["@Анна, два"] * count
