#!/bin/sh
# Checks the page's scripts, or formats them (`tools/page.sh format`), with the tools of package-lock.json, which it
# installs once.
set -eu
cd "$(dirname "$0")/.."
task=${1:-check}

tools/node.sh "the $task of the page's scripts" || exit 0
if ! cmp -s package-lock.json node_modules/installed.lock; then
    echo "Installing package-lock.json" >&2
    npm ci --silent
    cp package-lock.json node_modules/installed.lock
fi
exec npm run --silent "$task"
