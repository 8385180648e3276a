"""Security headers of every response: what the page may do, and who may frame it."""

from __future__ import annotations

from ipaddress import ip_address

YEAR = 365 * 24 * 3600
HSTS = f"max-age={YEAR}"  # of RFC 6797: only https from now on
# Names that mean another machine in each network (RFC 6761, RFC 6762 appendix G, RFC 8375, ICANN's .internal).
LOCAL_DOMAINS = frozenset(
    {"localhost", "localdomain", "local", "lan", "home", "corp", "internal", "intranet", "private", "arpa", "test"}
)


def security_headers(frame_ancestors: str) -> dict[str, str]:
    """The headers of every page and file. `frame_ancestors` are that directive's sources (CSP, level 3)."""
    return {
        "Content-Security-Policy": _policy(frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def is_public_name(host: str) -> bool:
    """Whether it is a public name, which means this server everywhere, so that it may be pinned to https.

    `localhost`, `nas.lan` and `192.168.1.5` may be other machines tomorrow, with other programs that use http.
    """
    labels = host.lower().removesuffix(".").split(".")
    if len(labels) < 2 or not all(labels) or labels[-1] in LOCAL_DOMAINS:
        return False
    try:
        ip_address(host)
    except ValueError:
        return not labels[-1].isdigit()  # for a browser, "127.1" and the like are addresses, too
    return False


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


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether the browser that sent this header can unpack gzip (RFC 9110, 12.5.3)."""
    accepted = {}
    for part in accept_encoding.lower().split(","):
        coding, _, quality = part.partition(";")
        accepted[coding.strip()] = quality.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return accepted.get("gzip", accepted.get("*", False))
