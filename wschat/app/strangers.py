"""From the settings to who may come in, and how many, and how fast."""

from __future__ import annotations

import time

from ..access import Access, JwtAccess, PasswordAccess
from ..config import Settings
from ..errors import Refused, StartError
from ..rate_limit import UNLIMITED, Rate
from ..web import AdmissionLimits, EdgeSettings

FRAMES_A_POST = 20  # frames that a client may send for each post that its person may: pings, typing, history


def access_of(settings: Settings) -> Access:
    """Who may come in. Raises StartError."""
    reserved = settings.reserved_names
    try:
        if settings.auth == "jwt":
            assert settings.jwt_key_file is not None  # config has seen to it
            return JwtAccess(settings.jwt_algorithm, settings.jwt_key_file, settings.jwt_audience, reserved)
        if settings.password:
            return PasswordAccess(settings.password, reserved, time.monotonic)
        return Access(reserved)
    except Refused as problem:
        raise StartError(f"--reserved-names: {problem}") from None


def edge_settings(settings: Settings, share_port: bool) -> EdgeSettings:
    """What the door must know."""
    per_address = settings.sockets_per_address
    frames = Rate(settings.post_rate * FRAMES_A_POST, settings.post_burst * FRAMES_A_POST)
    return EdgeSettings(
        settings.host,
        settings.port,
        settings.root,
        settings.lang,
        share_port,
        origins=settings.origin,
        trusted_proxies=settings.trusted_proxy,
        frame_ancestors=settings.frame_ancestors,
        tls=(settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None,
        limits=AdmissionLimits(settings.sockets, per_address, Rate(settings.socket_rate, per_address)),
        frames=frames if settings.post_rate else UNLIMITED,
    )
