"""Operator actions on the rooms in Redis, with or without a running server: list, copy, restore, erase."""

from .archive import Archive, BrokenArchive, read_archive, write_archive
from .backup import backup
from .bars import RoomBars, address_bar
from .catalog import RoomFacts, everyone_in, oldest_and_newest, room_facts
from .erase import Eraser, Found, forget_room
from .foreign import COPIED, each_room, foreign_keys, is_foreign
from .local_time import local_time, local_zone
from .make_links import moderators_link
from .restore import erase_prepared, prepared_keys, restore
from .transcript import Format, Transcript, sizes_of

__all__ = [
    "COPIED",
    "Archive",
    "BrokenArchive",
    "Eraser",
    "Format",
    "Found",
    "RoomBars",
    "RoomFacts",
    "Transcript",
    "address_bar",
    "backup",
    "each_room",
    "erase_prepared",
    "everyone_in",
    "foreign_keys",
    "forget_room",
    "is_foreign",
    "local_time",
    "local_zone",
    "moderators_link",
    "oldest_and_newest",
    "prepared_keys",
    "read_archive",
    "restore",
    "room_facts",
    "sizes_of",
    "write_archive",
]
