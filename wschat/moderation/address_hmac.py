"""Bars addresses without keeping them: as an HMAC, which nobody can turn back without the key."""

from __future__ import annotations

import base64
import hmac

SALT = b"wschat.address:"


def address_digest(key: bytes, network: str) -> str:
    """`network`: an IPv4 address, or the /64 of an IPv6 one; "" for none, whose digest is "", too."""
    if not network:
        return ""
    return base64.urlsafe_b64encode(hmac.digest(key, SALT + network.encode(), "sha256")[:12]).decode()
