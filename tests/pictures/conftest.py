"""Stores of pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wschat.pictures import PictureStore
from wschat.pictures.folder_store import FolderStore


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[FolderStore]:
    """A store in a folder that isn't there yet."""
    store = FolderStore(tmp_path / "data" / "pictures")
    yield store
    await store.close()


@pytest.fixture(params=["folder", "objects"])
async def store(request: pytest.FixtureRequest, folder: FolderStore) -> PictureStore:
    """A store of each kind."""
    return folder if request.param == "folder" else objects()


def objects() -> PictureStore:
    """A store in memory, through the library that also speaks S3."""
    pytest.importorskip("obstore", reason="there is no wheel of it here")
    from obstore.store import MemoryStore

    from wschat.pictures.object_store import ObjectStore

    return ObjectStore(MemoryStore())
