#!/bin/sh
# Installs Firefox and WebKitGTK with what drives it, where they are missing: `make browsers`.
set -eu
cd "$(dirname "$0")/.."

has() {
    command -v "$1" >/dev/null
}

missing=
has firefox-esr || has firefox || missing="$missing firefox-esr"
has WebKitWebDriver || missing="$missing webkit2gtk-driver"
has Xvfb || missing="$missing xvfb"
# shellcheck disable=SC2086 # several words
[ -z "$missing" ] || tools/apt.sh $missing || {
    echo "Could not install$missing. Install them, then: make browsers" >&2
    exit 1
}
