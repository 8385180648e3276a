#!/bin/sh
# Makes .venv and installs what the named locks say: `tools/venv.sh run test`. Returns at once when all is there.
#
# .venv/wschat/ remembers what was done: `place` is where .venv was made (it can't be moved), `python` is the PYTHON
# that was asked for, and NAME.lock is a copy of each lock that is installed. A lock that changed means a new .venv,
# so that nothing stays behind that it no longer names.
set -eu
cd "$(dirname "$0")/.."
memory=.venv/wschat

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

usable() { # is the Python $1 at least 3.$2?
    "$1" -c "import sys; sys.exit(sys.version_info < (3, $2))" 2>/dev/null
}

find_python() { # prefers 3.11, which the embedded Redis needs, to 3.10
    for minor in 11 10; do
        for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
            if usable "$python" "$minor"; then
                echo "$python"
                return
            fi
        done
    done
    fail "The chat needs Python 3.10 or newer, and none was found${PYTHON:+ at $PYTHON}." \
        "Install one, or name one: make run PYTHON=/path/to/python3.11"
}

need_ensurepip() {
    "$1" -c 'import ensurepip' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    tools/apt.sh "$package" && "$1" -c 'import ensurepip' 2>/dev/null && return
    fail "$1 can't make a virtual environment: its ensurepip is missing." "As root: apt install $package"
}

is_sound() { # made here, by the Python that is asked for, and that Python is still what it was
    [ "$(cat $memory/place 2>/dev/null)" = "$PWD" ] &&
        [ "${PYTHON:-$(cat $memory/python)}" = "$(cat $memory/python)" ] &&
        .venv/bin/python -c 'import pip' 2>/dev/null
}

is_installed() { cmp -s "requirements/$1.lock" "$memory/$1.lock"; }

is_outdated() { [ -e "$memory/$1.lock" ] && ! is_installed "$1"; }

make_venv() {
    python=$(find_python)
    need_ensurepip "$python"
    echo "Making .venv with $("$python" -V)" >&2
    rm -rf .venv
    mkdir -p $memory
    "$python" -m venv .venv || fail "$python couldn't make .venv here: see above."
    echo "${PYTHON:-}" >$memory/python
    echo "$PWD" >$memory/place
}

install_lock() {
    echo "Installing requirements/$1.lock" >&2
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
        --require-hashes --requirement "requirements/$1.lock" ||
        fail "requirements/$1.lock couldn't be installed: see above. Is the package index within reach?"
    cp "requirements/$1.lock" "$memory/$1.lock"
}

# Two `make run` at once take turns. The lock goes with this process, and leaves no file.
exec 9<Makefile
if command -v flock >/dev/null; then flock 9; fi

if [ -e .venv ] && [ ! -d $memory ]; then
    fail "There is a .venv that make didn't make. Move it away, and try again."
fi
is_sound || make_venv
for name in "$@"; do
    if is_outdated "$name"; then
        make_venv
        break
    fi
done
for name in "$@"; do
    is_installed "$name" || install_lock "$name"
done
