"""The standard streams of the process: closed or full ones, and the language of their readers."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def open_closed_streams() -> None:
    """Open closed standard streams on /dev/null: otherwise the first sockets would get their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115


def drop_unwritable_output() -> None:
    """Drop output that a closed terminal or a full disk didn't take: Python would write it at exit, and return 120."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def reads_russian(stream: TextIO, lang: str) -> bool:
    """Whether it is a terminal for Russian; `lang` is the setting. Programs and logs get English."""
    try:
        return lang == "ru" and stream.isatty() and bool("я".encode(stream.encoding))
    except (UnicodeEncodeError, ValueError):  # the terminal's encoding has no such letters; the stream is closed
        return False
