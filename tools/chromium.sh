#!/bin/sh
# Prints the path of a working Chromium, and installs one if there is none. WSCHAT_CHROMIUM overrides the search.
set -eu
cd "$(dirname "$0")/.."

works() { # Ubuntu's chromium-browser, for one, may be a stub that says it isn't installed
    [ -n "$1" ] && "$1" --version >/dev/null 2>&1
}

find_on_system() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        browser=$(command -v "$name") && works "$browser" && echo "$browser" && return
    done
    return 1
}

from_playwright() {
    echo "Installing Chromium with Playwright" >&2
    .venv/bin/python -m playwright install chromium >&2 || return 1
    browser=$(.venv/bin/python -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)')
    works "$browser" && echo "$browser"
}

if [ -n "${WSCHAT_CHROMIUM:-}" ]; then
    works "$WSCHAT_CHROMIUM" && echo "$WSCHAT_CHROMIUM" && exit
    echo "WSCHAT_CHROMIUM is $WSCHAT_CHROMIUM, which doesn't run." >&2
    exit 1
fi
find_on_system && exit
tools/apt.sh chromium && find_on_system && exit
from_playwright && exit
echo "Could not find or install Chromium, which the tests need." >&2
echo "Install Chromium or Google Chrome, or set its path: WSCHAT_CHROMIUM=/path/to/chromium make test" >&2
exit 1
