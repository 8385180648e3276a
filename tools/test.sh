#!/bin/sh
# Runs the page's unit tests, then pytest with the given arguments: `tools/test.sh -k presence`.
# pytest comes last, so that its summary ends the output. Most tests wait for something, so five run at once, each file in
# one process and in order. Browsers take more of the processor: of their tests four run at once, after the others.
# A few that failed beside others run once more, alone: a test of real time may be hasty on a busy machine. One that
# passes then is named at the end, for somebody to mend; more than a few are no accident.
set -eu
cd "$(dirname "$0")/.."

WSCHAT_CHROMIUM=$(tools/chromium.sh)
export WSCHAT_CHROMIUM
tools/redis.sh
PATH=$PWD/.venv/bin:$PATH
# Where it is set, each server that a test starts compiles all modules anew, and each worker all tests: minutes in all.
unset PYTHONDONTWRITEBYTECODE

page=passed
if tools/node.sh "the page's unit tests"; then
    node --test --test-reporter=dot tests/page/*.test.js || page=failed
fi
NO_TESTS=5 # what pytest exits with where none was asked for
A_FEW=3
result=$NO_TESTS
hasty=
run() {
    code=0
    python -m pytest --dist loadfile --no-loadscope-reorder --cache-clear "$@" || code=$?
    if [ $code = 1 ]; then again "$@"; fi
    if [ $code != $NO_TESTS ] && { [ $result = $NO_TESTS ] || [ $result = 0 ]; }; then result=$code; fi
}
again() {
    failed=$(sed -n 's/^ *"\(.*\)": true,*$/\1/p' .pytest_cache/v/cache/lastfailed)
    if [ "$(echo "$failed" | wc -l)" -gt $A_FEW ]; then return; fi
    code=0
    python -m pytest "$@" -n 0 --no-cov --last-failed --last-failed-no-failures none || code=$?
    if [ $code = 0 ]; then hasty="$hasty$failed
"; fi
}
append=
case " $* " in *" --cov"*) append=--cov-append ;; esac
run --browsers=none -n 5 "$@"
run --browsers=only -n 4 $append "$@"
if [ -n "$hasty" ]; then
    printf 'Failed beside other tests and passed alone, so too hasty for a busy machine:\n%s' "$hasty" >&2
fi
if [ $page = failed ]; then
    echo "The page's unit tests failed; see above." >&2
    exit 1
fi
exit $result
