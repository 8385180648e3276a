"""Takes a picture of each state of the page, in both themes and languages, wide and on a phone; and one sheet of them.

`python tools/sheet.py FOLDER [STATE...]` puts single pictures into FOLDER; without arguments it makes the sheet
docs/img/states.webp. A test double plays the server, so that the pictures are the same each time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright
from screenshots import IMG, NOW, SCREENS, save
from states import STATES
from states_of_changes import STATES_OF_CHANGES
from states_of_moderation import STATES_OF_MODERATION
from states_of_pictures import STATES_OF_PICTURES

from tests.browser.chromium import FLAGS, chromium
from tests.browser.fake_server import FakeServer
from tests.support import Server

ALL = {**STATES, **STATES_OF_CHANGES, **STATES_OF_PICTURES, **STATES_OF_MODERATION}
SHEET = [("chat", "light", "ru"), ("chat", "dark", "en"), ("chat-phone", "dark", "ru"), ("chat-phone", "light", "en")]
SHEET_HEIGHT = 240  # px of each picture on the sheet


THEMES: tuple[tuple[Literal["light", "dark"], str], ...] = (
    ("light", "ru"),
    ("dark", "en"),
    ("light", "en"),
    ("dark", "ru"),
)


def shots(browser: Browser, url: str, names: list[str], folder: Path) -> Iterator[Path]:
    for name in names:
        for screen in ("chat", "chat-phone"):
            for theme, lang in THEMES:
                yield shot(browser, url, name, (screen, theme, lang), folder)


def shot(browser: Browser, url: str, name: str, variant: tuple[str, Any, str], folder: Path) -> Path:
    screen, theme, lang = variant
    context = browser.new_context(
        locale="ru-RU" if lang == "ru" else "en-US", timezone_id="Europe/Moscow", color_scheme=theme,
        **{**SCREENS[screen], "device_scale_factor": 1},
    )  # fmt: skip
    page = context.new_page()
    page.clock.install(time=NOW)
    prefs = f'{{ name: "Анна", lang: "{lang}" }}'
    page.add_init_script(f'localStorage.setItem("wschat.prefs", JSON.stringify({prefs}))')
    ALL[name](page, FakeServer(page), url)
    page.clock.run_for(1000)
    page.wait_for_timeout(250)
    file = folder / f"{name}-{'wide' if screen == 'chat' else 'phone'}-{theme}-{lang}.png"
    page.screenshot(path=file)
    context.close()
    return file


def sheet(browser: Browser, url: str, folder: Path) -> None:
    """All states on one picture, each in four of its eight forms."""
    figures = []
    for name in ALL:
        files = [shot(browser, url, name, variant, folder) for variant in SHEET]
        pictures = "".join(f'<img src="{file.name}" height="{SHEET_HEIGHT}">' for file in files)
        figures.append(f"<figure><figcaption>{name}</figcaption>{pictures}</figure>")
    page = browser.new_page(viewport={"width": 1990, "height": (SHEET_HEIGHT + 34) * -(-len(ALL) // 2) + 16})
    style = """body { display: grid; grid-template-columns: auto auto; gap: 10px; font: 14px sans-serif }
        figure { margin: 0; white-space: nowrap } img { margin-inline-end: 6px }"""
    (folder / "sheet.html").write_text(f"<style>{style}</style>{''.join(figures)}")
    page.goto((folder / "sheet.html").as_uri(), wait_until="load")
    save(page, IMG / "states.webp", quality=55)


def main() -> None:
    names = sys.argv[2:] or list(ALL)
    if unknown := set(names) - ALL.keys():
        sys.exit(f"Unknown states: {', '.join(sorted(unknown))}. There are: {', '.join(ALL)}")
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        server = Server(Path(data)).start()
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            if len(sys.argv) == 1:
                sheet(browser, server.url, Path(data))
            else:
                folder = Path(sys.argv[1])
                folder.mkdir(parents=True, exist_ok=True)
                for file in shots(browser, server.url, names, folder):
                    print(file)
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
