#!/bin/sh
# Removes what the Makefile, the checks and the chat made here, by name, and nothing else.
set -eu
cd "$(dirname "$0")/.."

# The embedded Redis: its folder and what the chat keeps beside it. Whoever uses it holds a lock.
if [ -e data/redis/users.lock ] && ! flock --nonblock data/redis/users.lock true; then
    echo "The chat is running on ./data. Stop it first." >&2
    exit 1
fi
rm -rf data/redis
if [ -d data ]; then rmdir data 2>/dev/null || echo "Left as it is, for there is more in it than the chat's: data" >&2; fi

if [ -d .venv/wschat ]; then
    rm -rf .venv
elif [ -e .venv ]; then
    echo "Left as it is, for make didn't make it: .venv" >&2
fi

rm -rf node_modules bench/rivals/node/node_modules bench/.build bench/results/quick.json sbom
rm -rf .pytest_cache .faults_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis websocket_redis_chat.egg-info
for folder in wschat tests bench tools; do
    [ ! -d $folder ] || find $folder -name __pycache__ -type d -prune -exec rm -rf {} +
done
rm -rf __pycache__
