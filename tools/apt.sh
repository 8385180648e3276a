#!/bin/sh
# Installs Debian packages: `tools/apt.sh chromium`. Fails when not run as root, without apt, or when apt fails;
# the caller then falls back to another way, or reports what to do.
set -eu

[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 1

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive

apt() {
    apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@" >"$log" 2>&1
}

echo "Installing $* with apt" >&2
# The package lists of a fresh machine are empty or old, so update them before giving up.
if ! apt install --yes --no-install-recommends "$@"; then
    if ! { apt update && apt install --yes --no-install-recommends "$@"; }; then
        tail -n 5 "$log" >&2
        exit 1
    fi
fi
