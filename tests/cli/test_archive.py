"""The file of a backup: it is read as it was written, or refused."""

from __future__ import annotations

import gzip
import io
import itertools

import pytest

from wschat.admin import Archive, BrokenArchive, read_archive, write_archive
from wschat.admin.archive import ArchivedRoom, Form, Header, Memory


def archive() -> Archive:
    room = ArchivedRoom(
        "kitchen", 2, {1: "один"}, {2: Form(2, "form", [("👍\tann", 1e14)])}, [Memory("sent:a:b", "1", 5)]
    )
    return Archive(Header(1, "0.1.0", key="key"), [room])


def written() -> bytes:
    target = io.BytesIO()
    write_archive(target, archive())
    return target.getvalue()


def test_a_backup_is_read_as_it_was_written() -> None:
    """Every field of every line."""
    assert read_archive(io.BytesIO(written())) == archive()


def lines(*lines: str) -> bytes:
    return gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0)


HEAD = '{"type":"header","made":1,"program":"0.1.0","version":1,"key":""}'
NEWER = HEAD.replace('"version":1', '"version":2')


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "isn't a backup"),
        (b"hello", "isn't a backup of the chat"),
        (written()[:-20], "isn't a whole backup"),
        (written()[:60] + b"\0" + written()[61:], "isn't a whole backup"),
        (lines(HEAD), "end is missing"),
        (lines(HEAD, '{"type":"room","room":"x","seq":1}', '{"type":"end","lines":9}'), "end is missing"),
        (lines(HEAD, '{"type":"entry","n":1,"text":""}', '{"type":"end","lines":2}'), "out of order"),
        (lines('{"type":"end","lines":0}'), "isn't a backup"),
        (lines(NEWER, '{"type":"end","lines":1}'), "newer version"),
        (lines(NEWER, '{"type":"poll"}', '{"type":"end","lines":2}'), "newer version"),
        (lines(NEWER.replace('"made":1', '"made":"today"')), "newer version"),
        (lines('{"type":"entry","n":1,"text":""}', HEAD), "isn't a backup"),
        (lines("hello"), "isn't a"),
        (lines(HEAD, "nonsense"), "isn't a whole backup"),
        (lines(HEAD[:-1] + ',"more":' + "[" * 5000), "isn't a whole backup"),
    ],
    ids=itertools.count(),
)
def test_what_is_no_whole_backup_is_refused(content: bytes, reason: str) -> None:
    """Before anything is changed in Redis."""
    with pytest.raises(BrokenArchive, match=reason):
        read_archive(io.BytesIO(content))
