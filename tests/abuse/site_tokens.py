"""Tokens as a site that embeds the chat signs them."""

from __future__ import annotations

import time
from typing import Any

import jwt

SECRET = "0123456789abcdef" * 4


def token(key: Any = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {"sub": "42", "aud": "chat", "exp": time.time() + 600, "name": "Анна", **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm)
