"""A log and a channel per room: publish, listen, catch up, history. Pub/Sub is the doorbell, the log is the truth."""

from . import amendments
from .batches import Batch
from .changes import EDIT_WINDOW, Changes, reply_to
from .feed import Feed, Trimmed
from .log import KEEP_ALL, Log, opened_log
from .outcomes import Answer, Outcome, first_only, unreadable
from .poller import LogPoller
from .publisher import ONLY_IF_STORED, PostRates, Publisher, publishing
from .reactions import Reacting
from .redis_log import BLOCK, reading_for
from .replacing import clear_room, replace_room
from .requests import ChangeRequest, Sender
from .retention import Retention
from .rewriting import Rewrite, rewrite_files
from .scan import SCANNED, keys_like, room_names

__all__ = [
    "BLOCK",
    "EDIT_WINDOW",
    "KEEP_ALL",
    "ONLY_IF_STORED",
    "SCANNED",
    "Answer",
    "Batch",
    "ChangeRequest",
    "Changes",
    "Feed",
    "Log",
    "LogPoller",
    "Outcome",
    "PostRates",
    "Publisher",
    "Reacting",
    "Retention",
    "Rewrite",
    "Sender",
    "Trimmed",
    "amendments",
    "clear_room",
    "first_only",
    "keys_like",
    "opened_log",
    "publishing",
    "reading_for",
    "replace_room",
    "reply_to",
    "rewrite_files",
    "room_names",
    "unreadable",
]
