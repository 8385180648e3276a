"""User and password at Redis, kept apart from its URL so that they needn't stand on a command line."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlsplit


class Credentials(NamedTuple):
    """Either may be empty."""

    user: str = ""
    password: str = ""

    def into(self, url: str) -> str:
        """`url` with them, unless it has a user or password of its own. Raises ValueError where it is no URL."""
        parts = urlsplit(url)
        if not (self.user or self.password) or "@" in parts.netloc:
            return url
        both = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return parts._replace(netloc=f"{both}@{parts.netloc}").geturl()


NO_CREDENTIALS = Credentials()
