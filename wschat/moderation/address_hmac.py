"""Digests of addresses (HMAC), by which these are barred without being stored: only the key could reveal them."""

from __future__ import annotations

import base64
import hmac

SALT = b"wschat.address:"


def address_digest(key: bytes, network: str) -> str:
    """The digest of `network`: an IPv4 address, or the /64 of an IPv6 address; "" for none has the digest ""."""
    if not network:
        return ""
    return base64.urlsafe_b64encode(hmac.digest(key, SALT + network.encode(), "sha256")[:12]).decode()
