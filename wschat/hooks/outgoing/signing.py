"""Signs calls as Standard Webhooks has it, so that receivers can check them with a library of theirs.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

_PREFIX = "whsec_"  # so that programs that search code for secrets find it
_BYTES = 32


def new_secret() -> str:
    return _PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def signed_headers(secret: str, call: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of a call: its id, the time in s since 1970, and the signature over both and the body."""
    content = f"{call}.{moment}.".encode() + body
    digest = hmac.new(b64decode(secret.removeprefix(_PREFIX)), content, hashlib.sha256).digest()
    return {
        "webhook-id": call,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
