"""Makes outgoing hooks, which the servers call for the messages of a room that are for them."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

import click

from ..config import Settings
from ..hooks import Hook, is_allowed, url_problem, word_of
from ..names import folded
from .failure import Failure
from .output import remark


def check_destination(settings: Settings, url: str) -> None:
    """Check that hooks may call this address. A name that isn't known here is remarked on: the servers may know it.

    Raises Failure.
    """
    problem = url_problem(url)
    if problem:
        raise Failure(f"{url!r} can't be called: {problem}.")
    host = urlsplit(url).hostname or ""
    addresses = _addresses(host)
    if not addresses:
        remark(f"The name {host} isn't known here. If the servers don't know it either, revoke the hook.")
    for address in addresses:
        if not is_allowed(address, settings.hook_networks):
            raise Failure(
                f"{url} leads to {address}, which isn't a public address. If hooks may call it, set HOOK_NETWORKS for "
                "the servers and this command: WSCHAT_HOOK_NETWORKS, or HOOK_NETWORKS in server.py."
            )


def check_word(raw: str) -> str:
    """The word with which messages for a hook begin, without its slash. Raises Failure."""
    word = word_of(raw)
    if word is None:
        raise Failure(f"{raw!r} can't be a word: expected 1-32 letters, digits, - or _.")
    return word


def announce(hook: Hook) -> None:
    """Print what the program's author needs. The secret is shown this once."""
    when = f"mention @{hook.name}" + (f" or begin with /{hook.word}" if hook.word else "")
    click.echo(f"Messages that {when} go to {hook.to}", err=True)
    click.echo("The secret that signs them:", err=True)
    click.echo(hook.secret)


def remark_on_others(hook: Hook, others: Iterable[Hook]) -> None:
    """Say which outgoing hooks are called for the same messages: somebody who has lost a secret makes a new hook."""
    for other in others:
        name, word = folded(other.name) == folded(hook.name), folded(other.word) == folded(hook.word) != ""
        if other.to and (name or word):
            shared = f"/{other.word}" if word else f"@{other.name}"
            remark(f"{other.id}, called at {other.to}, has {shared}, too. To replace it: --revoke {other.id}")


def _addresses(host: str) -> Collection[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return {str(place[0]) for *_, place in found}
