#!/bin/sh
# Prints the path of a working Chromium, and installs one if there is none. WSCHAT_CHROMIUM overrides the search.
set -eu
cd "$(dirname "$0")/.."

works() { # Ubuntu's chromium-browser, for one, may be a stub that says it isn't installed
    [ -n "$1" ] && "$1" --version >/dev/null 2>&1
}

find() { # the first of these programs that works
    for name; do
        browser=$(command -v "$name") && works "$browser" && echo "$browser" && return
    done
    return 1
}

# The shell draws the same pages without a window's machinery: the browser tests take a third less time in it.
find_shell() {
    find chromium-headless-shell
}

find_any() {
    find chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable
}

install_shell() { # Ubuntu has no package of it
    apt-cache show chromium-headless-shell >/dev/null 2>&1 && tools/apt.sh chromium-headless-shell
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
find_shell && exit
install_shell && find_shell && exit
find_any && exit
tools/apt.sh chromium-headless-shell && find_shell && exit
tools/apt.sh chromium && find_any && exit
from_playwright && exit
echo "Could not find or install Chromium, which the tests need." >&2
echo "Install Chromium or Google Chrome, or set its path: WSCHAT_CHROMIUM=/path/to/chromium make test" >&2
exit 1
