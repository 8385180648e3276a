"""User and password at Redis, kept apart from its URL so that they needn't be on a command line."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ..config.redis_url import is_engine


class Credentials(NamedTuple):
    """A user and a password at Redis; either may be empty."""

    user: str = ""
    password: str = ""

    def into(self, url: str) -> str:
        """`url` with them added, unless it has a user or password of its own. Raises ValueError if it isn't a URL."""
        place = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0] if is_engine(url) else urlsplit(url).netloc
        if not (self.user or self.password) or "@" in place:
            return url
        both = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return url.replace("://", f"://{both}@", 1)


NO_CREDENTIALS = Credentials()
