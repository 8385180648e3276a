"""Pictures as people send them, and as attackers do."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

SECRET = b"Secret-Camera"
ORIENTATION, MAKE = 0x112, 0x10F  # tags of EXIF
TURNED = 6  # the top of the picture is at its right


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def plain(width: int = 8, height: int = 4, kind: str = "PNG") -> bytes:
    """A red picture."""
    return encoded(Image.new("RGB", (width, height), "red"), kind)


def with_metadata(kind: str) -> bytes:
    """A red picture of 8 × 4 that a camera has turned, and all the metadata that the format has."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = TURNED, SECRET.decode()
    extra = {"JPEG": {"comment": SECRET, "xmp": SECRET}, "WEBP": {"xmp": SECRET}, "PNG": {}}[kind]
    return encoded(Image.new("RGB", (8, 4), "red"), kind, exif=exif.tobytes(), icc_profile=SECRET * 100, **extra)


def with_palette(kind: str) -> bytes:
    """A picture whose only colour is transparent."""
    picture = Image.new("P", (8, 4), 0)
    picture.putpalette([255, 0, 0] * 256)
    return encoded(picture, kind, transparency=0)


def moving(kind: str, frames: int = 50) -> bytes:
    """A red picture, and blue ones after it."""
    others = [Image.new("RGB", (8, 4), "blue")] * (frames - 1)
    return encoded(Image.new("RGB", (8, 4), "red"), kind, save_all=True, append_images=others)


def film(frames: list[Image.Image], kind: str = "GIF", **options: Any) -> bytes:
    """A picture that moves, of these frames."""
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **{"duration": 50, **options})


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    small = plain(8, 4)
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + small[24:29]
    from zlib import crc32

    return small[:12] + header + crc32(header).to_bytes(4, "big") + small[33:]
