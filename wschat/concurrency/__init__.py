"""What asyncio lacks: tasks that end with their owner, a fair semaphore, and a copy of what Redis holds."""

from .semaphore import Semaphore
from .sync import Sync
from .tasks import Group, background_rank, cancel_all, outlasting, repeat, spawn, within

__all__ = [
    "Group",
    "Semaphore",
    "Sync",
    "background_rank",
    "cancel_all",
    "outlasting",
    "repeat",
    "spawn",
    "within",
]
