"""Keeps pictures in object storage that speaks S3. Imported only where it is used: obstore takes its time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore as Client
from obstore.store import from_url

from .store import PART, SUFFIX, Part, StoredPicture

CONNECT_TIMEOUT = 5.0  # s
TIMEOUT = 20.0  # s of a request, and of all its retries
RETRIES = 2


class ObjectStore:
    """The pictures behind a client of obstore: objects that are named `room/id.webp`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def put(self, folder: str, picture: str, data: bytes) -> None:
        with _as_os_errors():
            await obstore.put_async(self._client, _name(folder, picture), data)

    async def get(self, folder: str, picture: str, start: int = 0) -> Part | None:
        with _as_os_errors(), suppress(FileNotFoundError):
            wanted = (start, start + PART)
            found = await obstore.get_async(self._client, _name(folder, picture), options={"range": wanted})
            return Part(bytes(await found.bytes_async()), found.meta["size"])
        return None

    async def delete(self, folder: str, pictures: Iterable[str]) -> None:
        for picture in pictures:
            with _as_os_errors(), suppress(FileNotFoundError):
                await obstore.delete_async(self._client, _name(folder, picture))

    async def has_space(self) -> bool:
        return True

    async def folders(self) -> list[str]:
        with _as_os_errors():
            found = await obstore.list_with_delimiter_async(self._client)
        return [name.rstrip("/") for name in found["common_prefixes"]]

    async def pictures_in(self, folder: str) -> list[StoredPicture]:
        found = []
        with _as_os_errors():
            async for some in obstore.list(self._client, folder):
                for one in some:
                    name = one["path"].rpartition("/")[2]
                    if name.endswith(SUFFIX):
                        found.append(StoredPicture(name.removesuffix(SUFFIX), one["last_modified"].timestamp()))
        return found

    async def tidy(self, folder: str, before: float) -> None:
        """Nothing: an object is there as a whole or not at all, and there are no folders without any."""

    async def close(self) -> None:
        """Nothing: obstore's connections end with the client."""


def open_s3(url: str) -> ObjectStore:
    """The store at `s3://bucket/prefix`; AWS_… in the environment say how to get there. Raises OSError."""
    with _as_os_errors():
        client = from_url(
            url,
            client_options={
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower()
                in ("1", "true"),  # else lost beside the others
                "timeout": timedelta(seconds=TIMEOUT),
                "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=TIMEOUT)},
        )
    return ObjectStore(client)


def _name(folder: str, picture: str) -> str:
    return f"{folder}/{picture}{SUFFIX}"


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Turn obstore's errors, whose text has many lines, into those that every store raises."""
    try:
        yield
    except BaseError as problem:
        raise OSError(str(problem).partition("\n")[0]) from problem
