"""Publish, subscribe, history, catch-up: a log and a channel per room. Pub/Sub is the doorbell, the log the truth."""

from .broker import Broker, Sender
from .feed import Feed

__all__ = ["Broker", "Feed", "Sender"]
