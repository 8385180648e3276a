"""Steps of the tests of desktop notices."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import Server

from .fake_server import FakeServer
from .people import GREETING, People, Person

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
