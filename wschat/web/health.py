"""Health checks: three questions that must not be mixed. None of them counts as activity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from .handlers import BaseHandler


class Health(Struct, frozen=True):
    """A node's report on itself. `status`: the body of `/health`, where `redis` is "up", "partly" or "down";
    `obstacle`: why the node can't serve new clients, empty if it can.
    """

    status: Callable[[], Mapping[str, object]]
    obstacle: Callable[[], Awaitable[str]]


class HealthCheckHandler(BaseHandler):
    """The base of the three checks."""

    def initialize(self, health: Health) -> None:
        self.health = health

    def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")

    def say(self, status: int, words: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(words + "\n")


class LiveHandler(HealthCheckHandler):
    """`/healthz`: whether the process and its event loop run. It checks nothing else, which no restart would fix."""

    def get(self) -> None:
        self.say(200, "ok")

    head = get


class ReadyHandler(HealthCheckHandler):
    """`/readyz`: whether this node can serve new clients. If not, other nodes should."""

    async def get(self) -> None:
        obstacle = await self.health.obstacle()
        self.say(503 if obstacle else 200, obstacle or "ok")

    head = get


class HealthHandler(HealthCheckHandler):
    """`/health`: the facts, for people and monitoring. 200 if this node runs and Redis answers, 503 if not."""

    def get(self) -> None:
        facts = dict(self.health.status())
        self.set_status(503 if facts["redis"] == "down" else 200)
        self.finish(facts)

    head = get
