"""Opens the store of pictures at a place."""

from __future__ import annotations

from pathlib import Path

from ..config import S3_SCHEME
from .folder_store import FolderStore
from .store import PictureStore


def open_store(place: str) -> PictureStore:
    """The store at a place: the path of a folder, or an `s3://` URL. Raises OSError."""
    if not place.startswith(S3_SCHEME):
        return FolderStore(Path(place))
    from .object_store import open_s3  # loads obstore

    return open_s3(place)
