#!/bin/sh
# Creates .venv and installs the named locks: `tools/venv.sh run test`. Returns at once when everything is installed.
#
# .venv/wschat/ records the state: `place` is the folder .venv was created in (it can't be moved), `python` is the
# requested PYTHON, and NAME.lock is a copy of each installed lock. A changed lock means a new .venv, so that no
# package stays behind that the lock no longer lists.
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
    fail "The chat needs Python 3.10 or newer; found none${PYTHON:+ at $PYTHON}." \
        "Install it, or set its path: make run PYTHON=/path/to/python3.11"
}

need_ensurepip() {
    "$1" -c 'import ensurepip' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    tools/apt.sh "$package" && "$1" -c 'import ensurepip' 2>/dev/null && return
    fail "$1 can't create a virtual environment: its ensurepip is missing." "Run as root: apt install $package"
}

is_sound() { # created here, by the requested Python, which still works
    [ "$(cat $memory/place 2>/dev/null)" = "$PWD" ] &&
        [ "${PYTHON:-$(cat $memory/python)}" = "$(cat $memory/python)" ] &&
        .venv/bin/python -c 'import pip' 2>/dev/null
}

is_installed() { cmp -s "requirements/$1.lock" "$memory/$1.lock"; }

is_outdated() { [ -e "$memory/$1.lock" ] && ! is_installed "$1"; }

make_venv() {
    python=$(find_python)
    need_ensurepip "$python"
    echo "Creating .venv with $("$python" -V)" >&2
    rm -rf .venv
    mkdir -p $memory
    "$python" -m venv .venv || fail "$python could not create .venv; see above."
    echo "${PYTHON:-}" >$memory/python
    echo "$PWD" >$memory/place
}

install_lock() {
    echo "Installing requirements/$1.lock" >&2
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
        --require-hashes --requirement "requirements/$1.lock" ||
        fail "Could not install requirements/$1.lock; see above. Is the package index reachable?"
    cp "requirements/$1.lock" "$memory/$1.lock"
}

# Concurrent `make run`s take turns. The lock ends with this process and leaves no file.
exec 9<Makefile
if command -v flock >/dev/null; then flock 9; fi

if [ -e .venv ] && [ ! -d $memory ]; then
    fail "make did not create the existing .venv. Move it away and try again."
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
