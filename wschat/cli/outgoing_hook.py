"""Makes outgoing hooks, which the servers call for the messages of a room that are for them."""

from __future__ import annotations

import socket
from collections.abc import Collection
from urllib.parse import urlsplit

import click

from ..config import Settings
from ..hooks import Hook, is_allowed, url_problem, word_of
from .failure import Failure


def check_destination(settings: Settings, url: str) -> None:
    """Check that hooks may call this address. A name that can't be looked up here may be known to the servers.

    Raises Failure.
    """
    problem = url_problem(url)
    if problem:
        raise Failure(f"{url!r} can't be called: {problem}.")
    for address in _addresses(urlsplit(url).hostname or ""):
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


def _addresses(host: str) -> Collection[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return {str(place[0]) for *_, place in found}
