#!/bin/sh
# Installs a redis-server for the tests that compare the embedded Redis with Debian's. Without one, pytest skips them.
set -eu
cd "$(dirname "$0")/.."

if command -v redis-server >/dev/null || [ -e .venv/bin/redis-server ]; then exit; fi
# Debian's package redis-server would start a service, which the chat would then use. The same binary is in
# redis-tools under another name: it acts according to the name that it is called by.
if tools/apt.sh redis-tools; then
    ln -s "$(command -v redis-check-rdb)" .venv/bin/redis-server
else
    echo "Could not find or install redis-server; the tests that need it are skipped." >&2
fi
