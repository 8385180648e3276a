"""Operator actions on the rooms in Redis, with or without a running server: list, copy, restore, erase."""

from .archive import Archive, BrokenArchive, read_archive, write_archive
from .backup import backup
from .bars import RoomBars, address_bar
from .catalog import RoomFacts, everyone_in, oldest_and_newest, room_facts
from .erase import Eraser, forget_room
from .foreign import COPIED, each_room, foreign_keys
from .make_links import moderators_link
from .restore import restore
from .transcript import Transcript

__all__ = [
    "COPIED",
    "Archive",
    "BrokenArchive",
    "Eraser",
    "RoomBars",
    "RoomFacts",
    "Transcript",
    "address_bar",
    "backup",
    "each_room",
    "everyone_in",
    "foreign_keys",
    "forget_room",
    "moderators_link",
    "oldest_and_newest",
    "read_archive",
    "restore",
    "room_facts",
    "write_archive",
]
