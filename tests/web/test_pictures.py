"""Pictures over HTTP: an upload, its refusals, and the picture itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support import Nodes
from ..support.http import get
from ..support.pictures import png, ticket, upload


@pytest.fixture
async def node(nodes: Nodes, tmp_path: Path) -> Nodes:
    return await nodes.start(1, pictures=str(tmp_path / "pictures"))


async def test_a_picture_goes_with_a_message(node: Nodes) -> None:
    """Ann uploads it and posts it without a text; Bob gets it, with its size, and may keep it for ever."""
    ann, bob = await node.join("Ann", "Bob")
    uploaded = await upload(node, await ticket(ann), png(4, 3))
    assert (uploaded.status, uploaded.body["width"], uploaded.body["height"]) == (201, 4, 3)
    await ann.send("post", id="p1", text="", pictures=[uploaded.body["picture"]])
    message = await bob.gets("message", id="p1")
    assert message["text"] == ""
    assert message["pictures"] == [{"id": uploaded.body["id"], "width": 4, "height": 3}]
    status, headers, body = await get(node, f"/r/chat/pictures/{uploaded.body['id']}")
    assert (status, body[:4], body[8:12]) == (200, b"RIFF", b"WEBP")
    assert {name: headers[name] for name in ("Content-Type", "Cache-Control", "Content-Security-Policy")} == {
        "Content-Type": "image/webp",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
