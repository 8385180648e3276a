"""Tokens with which another site says who its users are."""

from __future__ import annotations

import time

import jwt

KEY = "a secret that only the site and the chat know"


def token(lasts: float = 300, **claims: object) -> str:
    return jwt.encode({"sub": "7", "aud": "chat", "exp": time.time() + lasts, **claims}, KEY, "HS256")
