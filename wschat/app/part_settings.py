"""Derives the settings of a node's parts from the operator's settings."""

from __future__ import annotations

import time

from ..access import Access, JwtAccess, PasswordAccess
from ..broker import PostRates
from ..config import ANY_ROOM, Settings
from ..errors import Refused, StartError
from ..limits import UNLIMITED, Rate
from ..session import AddressLimits, SessionLimits
from ..web import AdmissionLimits, EdgeSettings, check_settings

ROOM_PEOPLE = 100  # the pace of a room is that of this many people who write as fast as they may
ROOM_UNIT = 512  # bytes that count as one message in a room: 256 KB a second, which a phone can receive
FRAMES_A_POST = 20  # frames that a client may send for each post that its person may send: pings, typing, history
FRAMES_LEAST = Rate(25, 200)  # frames that a client may send where hardly any post is allowed: people read, too


def check(settings: Settings, *, listen: bool = True) -> None:
    """Check, as far as possible without Redis, that a node can be started with these settings. Raises StartError.

    `listen`: also check that the port is free.
    """
    access_of(settings)
    check_settings(edge_settings(settings, share_port=False), listen=listen)


def access_of(settings: Settings) -> Access:
    """The access control that the settings ask for. Raises StartError."""
    reserved = settings.reserved_names
    try:
        if settings.auth == "jwt":
            assert settings.jwt_key_file is not None  # as config has checked
            return JwtAccess(settings.jwt_algorithm, settings.jwt_key_file, settings.jwt_audience, reserved)
        if settings.password:
            return PasswordAccess(settings.password, reserved, time.monotonic)
        return Access(reserved)
    except Refused as problem:
        raise StartError(f"{settings.source('reserved_names')}: {problem}.") from None
    except StartError as problem:
        secret = "jwt_key_file" if settings.auth == "jwt" else "password"
        raise StartError(f"{settings.source(secret)}: {problem}.") from None


def allowed_rooms(settings: Settings) -> frozenset[str] | None:
    """The rooms that exist besides the main one; None: any."""
    return None if ANY_ROOM in settings.rooms else frozenset(settings.rooms)


def post_rate(settings: Settings) -> Rate:
    """The rate of posts for one person in a room."""
    return Rate(settings.post_rate, settings.post_burst)


def post_rates(settings: Settings) -> PostRates:
    """The rates of posts for one person and for one room."""
    person = post_rate(settings)
    room = Rate(person.per_second * ROOM_PEOPLE, person.burst * ROOM_PEOPLE / 2)
    return PostRates(person, room if settings.post_rate else UNLIMITED, ROOM_UNIT)


def frame_rate(settings: Settings) -> Rate:
    """The rate of frames for one connection."""
    if not settings.post_rate:
        return UNLIMITED
    return Rate(
        max(settings.post_rate * FRAMES_A_POST, FRAMES_LEAST.per_second),
        max(settings.post_burst * FRAMES_A_POST, FRAMES_LEAST.burst),
    )


def session_limits(settings: Settings) -> SessionLimits:
    """The limits for one session."""
    return SessionLimits(edit_window=settings.edit_window, posts=post_rate(settings), frames=frame_rate(settings))


def edge_settings(settings: Settings, share_port: bool, bundles: bool = True) -> EdgeSettings:
    """The settings of the network edge."""
    per_address = settings.sockets_per_address
    return EdgeSettings(
        hosts=settings.host,
        port=settings.port,
        root=settings.root,
        lang=settings.lang,
        share_port=share_port,
        base=settings.base_path,
        origins=settings.origin,
        trusted_proxies=settings.trusted_proxy,
        frame_ancestors=settings.frame_ancestors,
        tls=(settings.tls_cert, settings.tls_key) if settings.tls_cert and settings.tls_key else None,
        hsts=settings.hsts == "auto",
        limits=AdmissionLimits(settings.sockets, per_address, Rate(settings.socket_rate, per_address)),
        frames=frame_rate(settings),
        asks_password=bool(settings.password),
        address=AddressLimits.of(post_rate(settings), per_address) if settings.post_rate else None,
        observers=settings.observers == "on",
        badges=settings.badges == "on",
        bundles=bundles,
    )
