"""The type of the setting PICTURES."""

import os
import re
from pathlib import Path
from typing import Any

import click

from .values import Context, Param

PICTURES_AUTO, PICTURES_OFF = "auto", "off"
S3_SCHEME = "s3://"
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[\w!.*'()/-]*)?", re.ASCII)


class PicturePlace(click.ParamType[str]):
    """`auto`, `off`, the path of a folder, or `s3://bucket/prefix`. A word alone is a mistake rather than a folder."""

    name = "auto|off|folder|s3://bucket"

    def convert(self, value: Any, param: Param, ctx: Context) -> str:
        place = str(value).strip()
        if place.lower() in (PICTURES_AUTO, PICTURES_OFF):
            return place.lower()
        if place.lower().startswith(S3_SCHEME):
            if not _BUCKET.fullmatch(place):
                self.fail(f"{place!r}: expected s3://bucket or s3://bucket/prefix.", param, ctx)
            return place.rstrip("/")
        if "/" not in place or "://" in place:
            self.fail(f"{place!r}: expected auto, off, a folder such as ./pictures, or s3://bucket.", param, ctx)
        return os.path.abspath(Path(place).expanduser())
