"""Requests for pages and files."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from email.message import Message

from .nodes import Nodes


async def get(
    nodes: Nodes, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, Message, bytes]:
    """Status, headers and body."""
    request = urllib.request.Request(nodes.url() + path, method=method, headers=headers or {})

    def fetch() -> tuple[int, Message, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.headers, problem.read()

    return await asyncio.to_thread(fetch)
