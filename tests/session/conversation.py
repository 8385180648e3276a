"""Sessions of a node without a wire."""

from __future__ import annotations

import json
from typing import Any

from wschat.access import Access, Tokens
from wschat.redis_link import RedisLink
from wschat.session import ClientAddress, Services, Session, SessionLimits
from wschat.session.limits.address_share import AddressShare

from ..support.recording import RecordingTransport
from ..support.room import LocalNode, until

NOWHERE = ClientAddress("", "", "", "")  # no limits or bars apply there


class Conversation:
    """A session and its recorded transport."""

    def __init__(self, services: Services, share: AddressShare | None = None) -> None:
        self.transport = RecordingTransport()
        self.session = Session(services, self.transport, NOWHERE, share)

    def says(self, type_: str, **fields: Any) -> None:
        self.session.receive(json.dumps({"type": type_, **fields}).encode())

    async def gets(self, type_: str) -> dict[str, Any]:
        await until(lambda: self.transport.got(type_))
        return self.transport.got(type_)[-1]

    async def joins(self, name: str, **hello: Any) -> dict[str, Any]:
        self.says("hello", name=name, **hello)
        return await self.gets("welcome")


class Node(LocalNode):
    """The rooms of a node, and what its sessions share."""

    def __init__(self, link: RedisLink) -> None:
        super().__init__(link)
        self.active = 0
        self.is_up = True
        self.services = Services(
            self.rooms, Tokens("key"), Access(()), SessionLimits(), on_activity=self._on_activity,
            is_up=lambda keys: self.is_up, greeting="hi", version="v",
        )  # fmt: skip

    def _on_activity(self) -> None:
        self.active += 1

    def connect(self, share: AddressShare | None = None) -> Conversation:
        """A client of an address with this share of the node, None: of one without limits."""
        return Conversation(self.services, share)
