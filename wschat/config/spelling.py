"""Finds names that look like settings and aren't: typos, for whose effect an operator would wait in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

import click

from .settings import PREFIX, SETTINGS, variable_name

NEAR = 0.75  # similarity of two names from which one is taken for a typo of the other
# Variables of the same prefix that aren't settings: of the server itself, of deploy/, of the tests.
OTHER_VARIABLES = ("CONTROL_FD", "DEV", "CHROMIUM", "SEED", "TEST_HOST")


def check_constants(defaults: Mapping[str, object]) -> None:
    """Check that no constant of server.py is misspelt or deleted. Raises UsageError."""
    for name in SETTINGS:
        if name.upper() not in defaults:
            strange = [constant for constant in defaults if constant.lower() not in SETTINGS]
            raise click.UsageError(f"{name.upper()} is missing in server.py{_instead(name.upper(), strange)}.")


def unknown_names(defaults: Mapping[str, object], environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each constant and variable that looks like a setting and isn't one."""
    known = [variable_name(name) for name in (*SETTINGS, *map(str.lower, OTHER_VARIABLES))]
    for name in environment:
        if name.startswith(f"{PREFIX}_") and name not in known:
            yield f"{name} is no setting and has no effect{_instead(name.upper(), known)}"
    constants = [name.upper() for name in SETTINGS]
    for name in defaults:
        if name not in constants:
            yield f"{name} in server.py is no setting and has no effect{_instead(name, constants)}"


def _instead(name: str, names: Iterable[str]) -> str:
    """The most similar of the names, as a question; "" if none is similar."""
    near = get_close_matches(name, list(names), 1, NEAR)
    return f"; did you mean {near[0]}?" if near else ""
