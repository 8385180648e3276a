#!/bin/sh
# Runs the page's unit tests, then pytest with the given arguments: `tools/test.sh -k presence`.
# pytest comes last, so that its summary ends the output. Most tests wait for something, so three run at once, each file in
# one process and in order. Browsers take more of the processor: of their tests two run at once, after the others.
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
NO_TESTS=5 # what pytest exits with where none was asked for
result=$NO_TESTS
run() {
    code=0
    python -m pytest --dist loadfile --no-loadscope-reorder "$@" || code=$?
    if [ $code != $NO_TESTS ] && { [ $result = $NO_TESTS ] || [ $result = 0 ]; }; then result=$code; fi
}
append=
case " $* " in *" --cov"*) append=--cov-append ;; esac
run --browsers=none -n 3 "$@"
run --browsers=only -n 2 $append "$@"
if [ $page = failed ]; then
    echo "The page's unit tests failed; see above." >&2
    exit 1
fi
exit $result
