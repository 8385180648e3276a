"""Tells people and the log that the server has started, and at which URLs."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

from ..config import UNIX_PREFIX, Settings
from ..redis_link import RedisSource
from ..web import Places
from .logs import json_line
from .server_urls import hosts_for_others, own_hosts
from .standard_streams import reads_russian

logger = logging.getLogger(__name__)


def announce(source: RedisSource, settings: Settings, places: Places) -> None:
    """Print for people that the server has started; log which Redis it uses, and at which URLs others can connect."""
    logger.info("Using %s", source.title)
    for warning in source.warnings:
        logger.warning("%s", warning)
    scheme = "https" if settings.tls_cert else "http"
    end = f":{places.port}{settings.base_path}"
    others = [f"{scheme}://{host}{end}" for host in hosts_for_others(places.addresses)]
    if others:
        logger.info("Other machines can connect at %s", ", ".join(others))
    own = [f"{scheme}://{host}{end}" for host in own_hosts(places.addresses)]
    _say_started(", ".join([*own, *(f"{UNIX_PREFIX}{path}" for path in places.paths)]), settings)


def _say_started(addresses: str, settings: Settings) -> None:
    line = f"Server started at {addresses}"
    if settings.log_format == "json":
        _print(json_line(line))
    elif reads_russian(sys.stdout, settings.lang):
        _print(f"Сервер запущен: {addresses}")
    else:
        _print(line)


def _print(line: str) -> None:
    """Print for the person who started the server, who may have gone: the chat doesn't end because of that."""
    with suppress(OSError):  # a closed terminal or pipe, a full disk
        print(line, flush=True)  # noqa: T201
