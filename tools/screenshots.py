"""Takes the screenshots of the page for docs/img/: light and dark, on a desktop and on a phone.

A real server serves the page; the test double of the browser tests plays the messages, so that the screenshots are
the same each time.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import FLAGS, chromium  # noqa: E402
from tests.browser.fake_server import FakeServer  # noqa: E402
from tests.browser.pictures import LIMITS, PictureServer  # noqa: E402
from tests.support import Server  # noqa: E402

IMG = ROOT / "docs" / "img"
NOW = "2026-11-23T11:24:00+03:00"
SCREENS: dict[str, dict[str, Any]] = {
    "chat": {"viewport": {"width": 1120, "height": 760}, "device_scale_factor": 2},
    "chat-phone": {
        "viewport": {"width": 390, "height": 760},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
PEOPLE = {
    name: {"id": id_, "name": name}
    for name, id_ in {
        "Анна": "anna-7",
        "Борис": "boris-1",
        "Вера Павлова": "vera-22",
        "Григорий": "grig-13",
        "إيان": "iyan-9",
        "Женя": "zhenya-5",
        "Ким": "kim-12",
        "Лена": "lena-3",
        "Мурат": "murat-21",
        "Ольга Сергеевна": "olga-77",
    }.items()
}
YESTERDAY, TODAY = "2026-11-22", "2026-11-23"
TALK = [
    (YESTERDAY, "18:47", "Борис", "Макеты посмотрю с утра"),
    (TODAY, "10:58", "Борис", "Доброе утро! Посмотрел, всё нравится. Одно: на телефоне кнопка уходит под клавиатуру"),
    (TODAY, "11:02", "Анна", "Спасибо, поправлю. Похоже, дело в `100vh`"),
    (TODAY, "11:03", "Анна", "Вот так должно помочь:\n```css\nblock-size: 100dvh;\n```"),
    (TODAY, "11:09", "Вера Павлова", "Сборка готова: https://build.example.org/1204"),
    (TODAY, "11:10", "Вера Павлова", "@Анна, проверишь на своём телефоне?"),
    (TODAY, "11:12", "إيان", "مرحبا بالجميع"),
    (TODAY, "11:21", "Анна", "Проверила: кнопка на месте, клавиатура ничего не закрывает"),
    (TODAY, "11:23", "Борис", "Отлично. Тогда выкладываем после обеда"),
]


def main() -> None:
    IMG.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        server = Server(Path(data)).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, screen in SCREENS.items():
            for theme in ("light", "dark"):
                shoot(browser, server.url, screen, theme, IMG / f"{name}-{theme}.webp")
        browser.close()
        server.stop()


def shoot(browser: Browser, url: str, screen: dict[str, Any], theme: Any, file: Path) -> None:
    context = browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow", color_scheme=theme, **screen)
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    page.add_init_script("""localStorage.setItem("wschat.prefs", JSON.stringify({ name: "Анна" }))""")
    play(page, url)
    save(page, file)
    context.close()


def save(page: Page, file: Path, quality: int = 75) -> None:
    """Save a picture of the page as WebP, a third of a PNG; Playwright itself has no such format."""
    clip = page.evaluate("({ x: 0, y: 0, width: innerWidth, height: innerHeight, scale: devicePixelRatio })")
    options = {"format": "webp", "quality": quality, "clip": clip}
    picture = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
    file.write_bytes(base64.b64decode(picture["data"]))
    print(file.relative_to(ROOT), f"{file.stat().st_size // 1024} KB")


def talk() -> list[dict[str, Any]]:
    """The messages as a client receives them."""
    return [
        {
            "type": "message", "epoch": "e1", "seq": n, "id": f"i{n}", "from": PEOPLE[name], "text": text,
            "time": f"{day}T{time}:00+03:00",
        }
        for n, (day, time, name, text) in enumerate(TALK, 1)
    ]  # fmt: skip


def play(page: Page, url: str) -> None:
    """Play the messages, of which one has a picture and is an answer, and one person who is typing."""
    fake, messages = FakeServer(page), talk()
    messages[7]["pictures"] = [PictureServer(page, fake).has("p1", 440, 180, "green")]
    messages[7]["reply"] = {"seq": 6, "from": PEOPLE["Вера Павлова"]}
    online = {"count": len(PEOPLE), "people": list(PEOPLE.values())}
    position = {"seq": len(messages), "head": len(messages)}
    fake.next_welcome(you=PEOPLE["Анна"], messages=messages, online=online, limits=LIMITS, **position)
    page.goto(url)
    page.get_by_text("Вы подключились к чату!").wait_for()
    fake.sends({"type": "typing", "people": [PEOPLE["Лена"]]})
    page.get_by_text("печатает").wait_for()
    page.locator("#attach").wait_for()
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
