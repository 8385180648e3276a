"""Starts the metrics page, where an operator wants it. No other server pays for prometheus-client."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...config import Settings
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .page import MetricsServer

logger = logging.getLogger(__name__)


def start_metrics(settings: Settings, snapshot: Callable[[], Snapshot]) -> MetricsServer | None:
    """The started server of the metrics page, if the settings ask for one. Raises StartError."""
    if not settings.metrics:
        return None
    from .page import MetricsServer

    server = MetricsServer(settings.metrics, snapshot)
    server.start()
    logger.info("Metrics at http://%s:%d/metrics", settings.metrics.rpartition(":")[0], server.port)
    return server
