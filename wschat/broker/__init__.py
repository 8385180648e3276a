"""A log and a channel per room: publish, listen, catch up, history. Pub/Sub is the doorbell, the log is the truth.

A post goes to Redis through `storing/`, and comes back to every node through `feed.py`; a change goes through
`changing/` first. `log/` is a room's log, in memory and in Redis; `searching/` finds words in it, by an
index (`indexing/`); `erasing/` removes deleted and too old messages.
"""

from .changing.changes import EDIT_WINDOW, ChangeOrigin, Changes, OnDeleted, reply_to
from .changing.reactions import ReactionRequest
from .erasing.file_rewriting import DueRewrite, Rewrite
from .erasing.picture_signal import tell_pictures_gone
from .erasing.retention import Retention
from .feed import Feed, Trimmed
from .hooked_rooms import add_hooked_room, hooked_rooms, remove_hooked_room, tell_hooks_changed
from .indexing.indexes import Indexes
from .log.batches import Batch
from .log.redis_log import BLOCK, RedisLog, charging_reads, read_entry
from .log.replacing import clear_room, replace_room
from .log.room_log import Log, opened_log
from .poller import RoomPoller
from .scan import keys_like, room_names
from .searching.search import MessageSearch, SearchResult
from .searching.slices import Slices
from .storing import change_calls
from .storing.one_post import store_post
from .storing.outcomes import Answer, Outcome, settled, unreadable
from .storing.pace_share import IGNORE_PACE, ONLY_IF_STORED, PaceShare
from .storing.publisher import PostRates, Publisher, publishing
from .storing.requests import ChangeRequest, Sender

__all__ = [
    "BLOCK",
    "EDIT_WINDOW",
    "IGNORE_PACE",
    "ONLY_IF_STORED",
    "Answer",
    "Batch",
    "ChangeOrigin",
    "ChangeRequest",
    "Changes",
    "DueRewrite",
    "Feed",
    "Indexes",
    "Log",
    "MessageSearch",
    "OnDeleted",
    "Outcome",
    "PaceShare",
    "PostRates",
    "Publisher",
    "ReactionRequest",
    "RedisLog",
    "Retention",
    "Rewrite",
    "RoomPoller",
    "SearchResult",
    "Sender",
    "Slices",
    "Trimmed",
    "add_hooked_room",
    "change_calls",
    "charging_reads",
    "clear_room",
    "hooked_rooms",
    "keys_like",
    "opened_log",
    "publishing",
    "read_entry",
    "remove_hooked_room",
    "replace_room",
    "reply_to",
    "room_names",
    "settled",
    "store_post",
    "tell_hooks_changed",
    "tell_pictures_gone",
    "unreadable",
]
