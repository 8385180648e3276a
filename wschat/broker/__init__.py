"""Publish, subscribe, history, catch-up: one log and one channel per room. Pub/Sub is the doorbell, the log is the truth."""

from .broker import Broker, Sender
from .feed import Feed

__all__ = ["Broker", "Feed", "Sender"]
