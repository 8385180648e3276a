"""Renders the PNG icons in static/img/ from the SVG icons, with the browser of the tests."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

IMG = Path(__file__).parent.parent / "static" / "img"
ICONS = {
    "icon-192.png": ("icon.svg", 192),
    "icon-512.png": ("icon.svg", 512),
    "icon-maskable-512.png": ("icon-maskable.svg", 512),
}


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("WSCHAT_CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        for name, (source, size) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            svg = (IMG / source).read_text(encoding="utf-8")
            page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:100vw}}</style>{svg}")
            page.screenshot(path=IMG / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
