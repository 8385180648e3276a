"""The metrics of a server: `Snapshot`, which processes add up, and their page for Prometheus."""

from __future__ import annotations

from .process import measured
from .serving import start_metrics
from .snapshot import Snapshot, added

__all__ = ["Snapshot", "added", "measured", "start_metrics"]
