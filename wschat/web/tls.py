"""The server's own certificate and key."""

from __future__ import annotations

import ssl
from pathlib import Path

from ..errors import StartError

CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
KEY = b"PRIVATE KEY-----"
ENCRYPTED = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")
REASONS = {
    "KEY_VALUES_MISMATCH": "the key isn't that of the certificate",
    "NO_CERTIFICATE_ASSIGNED": "the key isn't that of the certificate",  # not even of the same kind
    "EE_KEY_TOO_SMALL": "its key is too short for today's TLS",
    "CA_KEY_TOO_SMALL": "the key of its issuer is too short for today's TLS",
    "CA_MD_TOO_WEAK": "it is signed in a way that is too weak for today's TLS",
}


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context for TLS 1.2 and newer. Raises StartError with a sentence about the file that is wrong."""
    if CERTIFICATE not in _read(certificate):
        raise StartError(f"{certificate} has no certificate in PEM (-----BEGIN CERTIFICATE-----).")
    private = _read(key)
    if KEY not in private:
        raise StartError(f"{key} has no private key in PEM (-----BEGIN PRIVATE KEY-----).")
    if any(mark in private for mark in ENCRYPTED):
        raise StartError(
            f"{key} has a passphrase, which nobody could enter when the server starts by itself.\n"
            f"Remove it: openssl pkey -in {key} -out key-without-passphrase.pem"
        )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # otherwise OpenSSL would ask at the terminal
    except (OSError, ValueError) as problem:
        reason = REASONS.get(getattr(problem, "reason", None) or "", f"they are damaged ({problem})")
        raise StartError(f"Could not use the certificate {certificate} with the key {key}: {reason}.") from None
    return context


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise StartError(f"Could not read {file}: {problem.strerror}.") from None
