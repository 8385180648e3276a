#!/bin/sh
# Sees to a redis-server for the tests that compare the embedded Redis with Debian's. Without one they say so.
set -eu
cd "$(dirname "$0")/.."

if command -v redis-server >/dev/null || [ -e .venv/bin/redis-server ]; then exit; fi
# Debian's package redis-server would start a service, which the chat would then use. Its program is in redis-tools,
# under another name: the name by which it is called tells it what to be.
if tools/apt.sh redis-tools; then
    ln -s "$(command -v redis-check-rdb)" .venv/bin/redis-server
else
    echo "There is no redis-server here: the tests that need one say so." >&2
fi
