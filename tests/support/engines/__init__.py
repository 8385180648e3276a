"""Several Redis servers as one: a primary with its replicas and sentinels, and a cluster. All of them real ones."""

from .cluster import SLOTS, Cluster, ask_cluster, id_of
from .engine import Engine, role_of, wait_until
from .sentinel_set import SentinelSet

__all__ = ["SLOTS", "Cluster", "Engine", "SentinelSet", "ask_cluster", "id_of", "role_of", "wait_until"]
