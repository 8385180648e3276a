"""What is wrong with a picture has its answer in docs/protocol.md, too: over the WebSocket, and over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support import Nodes
from ..support.pictures import ticket, upload


async def test_pictures_that_are_refused_say_why(nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A post gets picture_invalid; over HTTP there are also too_large, and no_space for a disk that is nearly full."""
    await nodes.start(pictures=str(tmp_path))
    (ann,) = await nodes.join("Ann")
    await ann.send("post", id="p1", text="x", pictures=["x"])
    refused = await ann.gets("error")
    assert (refused["code"], refused["id"]) == ("picture_invalid", "p1")
    monkeypatch.setattr("wschat.pictures.folder_store.FREE_LEAST", 1 << 62)
    answer = await upload(nodes, await ticket(ann))
    assert (answer.status, answer.body["code"]) == (507, "no_space")
    monkeypatch.setattr("wschat.web.picture_handlers.UploadHandler.body_max", 10)
    answer = await upload(nodes, await ticket(ann))
    assert (answer.status, answer.body["code"]) == (413, "too_large")
