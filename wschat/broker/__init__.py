"""A log and a channel per room: publish, listen, catch up, history. Pub/Sub is the doorbell, the log is the truth."""

from .feed import Batch, Feed, Trimmed
from .poller import LogPoller
from .publisher import ONLY_IF_STORED, Pace, Publisher, Sender

__all__ = ["ONLY_IF_STORED", "Batch", "Feed", "LogPoller", "Pace", "Publisher", "Sender", "Trimmed"]
