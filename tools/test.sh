#!/bin/sh
# Runs the page's unit tests, then pytest with the given arguments: `tools/test.sh -k presence`.
# pytest comes last, so that its summary ends the output. Most tests wait for something, so three run at once, each file in
# one process and in order: the browser tests, which have an event loop of their own, come last in each.
set -eu
cd "$(dirname "$0")/.."

WSCHAT_CHROMIUM=$(tools/chromium.sh)
export WSCHAT_CHROMIUM
tools/redis.sh
PATH=$PWD/.venv/bin:$PATH

page=passed
if tools/node.sh "the page's unit tests"; then
    node --test --test-reporter=dot tests/page/*.test.js || page=failed
fi
python -m pytest -n 3 --dist loadfile --no-loadscope-reorder "$@"
if [ $page = failed ]; then
    echo "The page's unit tests failed; see above." >&2
    exit 1
fi
