#!/bin/sh
# Removes, by name, what the Makefile, the checks and the chat created here, and nothing else.
set -eu
cd "$(dirname "$0")/.."

# The embedded Redis: its folder and the chat's files in it. Every process that uses it holds a lock.
is_free() {
    if command -v flock >/dev/null; then # Linux
        flock --nonblock "$1" true
    else # macOS
        python=$(PATH=.venv/bin:$PATH command -v python3) || {
            echo "Could not check whether the chat is running: there is neither flock nor python3." >&2
            return 1
        }
        "$python" -c 'import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)' "$1" 2>/dev/null
    fi
}
if [ -e data/redis/users.lock ] && ! is_free data/redis/users.lock; then
    echo "The chat is running on ./data; stop it first." >&2
    exit 1
fi
rm -rf data/redis
if [ -d data ]; then rmdir data 2>/dev/null || echo "Kept data/: it contains other files than the chat's." >&2; fi

rm -rf .venv.new .venv.old .venv.upgrade .venv.former .venv.swap .venv.swap.new
if [ -d .venv/wschat ]; then
    rm -rf .venv
elif [ -e .venv ]; then
    echo "Kept .venv: make did not create it." >&2
fi

rm -rf node_modules bench/rivals/node/node_modules bench/.build bench/results/quick.json sbom
rm -rf .pytest_cache .coverage_cache .faults_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis websocket_redis_chat.egg-info
for folder in wschat tests bench tools; do
    [ ! -d $folder ] || find $folder -name __pycache__ -type d -prune -exec rm -rf {} +
done
rm -rf __pycache__
