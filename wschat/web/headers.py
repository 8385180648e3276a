"""What every answer tells the browser: what the page may do, and who may frame it."""

from __future__ import annotations

YEAR = 365 * 24 * 3600


def security_headers(frame_ancestors: str, *, tls: bool) -> dict[str, str]:
    """The headers of every page and file. `frame_ancestors` are that directive's sources (CSP, level 3)."""
    headers = {
        "Content-Security-Policy": _policy(frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if tls:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    return headers


def _policy(frame_ancestors: str) -> str:
    return "; ".join([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors {frame_ancestors}",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html service-worker",
    ])  # fmt: skip
