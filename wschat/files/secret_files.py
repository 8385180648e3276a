"""Passwords and keys in files: which of the bytes there belong to them."""

from __future__ import annotations

from pathlib import Path

LINE_MAX = 64 << 10  # bytes that are read of a file with a password


def password_in(file: Path) -> str:
    """The file's first line, with all its spaces, but without the marks of Windows at the beginning of a file and at
    the end of a line. Raises OSError, and ValueError if the file isn't text in UTF-8.
    """
    with file.open("rb") as content:
        line = content.readline(LINE_MAX)
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8-sig")
    if "\0" in text:  # UTF-16, as PowerShell writes it, or not a text
        raise ValueError("a password has no NUL")
    return text


def key_in(file: Path) -> bytes:
    """The file's bytes, without one newline at the end, which editors and `echo` add. No more is removed, since a
    random key may end in any byte. Raises OSError.
    """
    content = file.read_bytes()
    return content.removesuffix(b"\n").removesuffix(b"\r") if content.endswith(b"\n") else content
