"""The sound of a new message, and the notice that comes with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import Server

from .conftest import fake_for
from .fake_server import message
from .people import GREETING, People, until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("wait_ms", "tones"), [(0, 2), (2_500, 0)])
def test_only_the_newest_tone_sounds_when_sound_is_allowed(
    people: People, server: Server, wait_ms: int, tones: int
) -> None:
    """Twelve mentions in a tab that nobody has clicked in yet are one signal when somebody does, or none later on."""
    anna, fake = fake_for(people, server)
    anna.page.add_init_script("""
        localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", sound: true }));
        Object.assign(globalThis, { tones: 0, isWanted: false });
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...args) { tones += 1; start.apply(this, args); };
        let allowed = false;
        Object.defineProperty(AudioContext.prototype, "state", { get: () => (allowed ? "running" : "suspended") });
        let wake;
        const waking = new Promise((done) => { wake = done; });
        AudioContext.prototype.resume = () => { isWanted = true; return waking; };
        addEventListener("pointerdown", () => { allowed = true; wake(); }, true);
    """)
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    fake.sends(*(message(n, f"@Анна {n}") for n in range(1, 13)))
    expect(anna.page).to_have_title("(12) Чат")
    until(anna.page, "isWanted")  # no other tab has read them by then, nor played
    assert anna.page.evaluate("tones") == 0
    anna.has_hidden_tab(False)
    anna.page.wait_for_timeout(wait_ms)
    anna.page.locator("#m12").click()
    anna.page.wait_for_timeout(300)
    assert anna.page.evaluate("tones") == tones  # the two notes of one signal


def test_a_notice_replaces_the_last_one_aloud_and_names_the_room(people: People, server: Server) -> None:
    """It has the room in its title, a whole last letter, and calls again although its tag is the same."""
    anna, fake = fake_for(people, server, permissions=["notifications"])
    anna.page.add_init_script("""
        localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна", desktop: true }));
        globalThis.notices = [];
        globalThis.Notification = class {
            static permission = "granted";
            constructor(title, options) { notices.push({ title, ...options }); }
            addEventListener() {}
        };
    """)
    anna.page.goto(f"{anna.url}/r/кухня")
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    anna.has_hidden_tab(True)
    fake.sends(message(1, "а" * 199 + "👨‍👩‍👧‍👦 дальше"))
    expect(anna.page).to_have_title("(1) кухня — Чат")
    until(anna.page, "notices.length")
    [notice] = anna.page.evaluate("notices")
    assert notice["title"] == "⁨Борис⁩ · ⁨кухня⁩"
    assert notice["body"] == "а" * 199 + "…"
    assert notice["renotify"] is True
