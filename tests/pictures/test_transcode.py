"""What re-encoding makes of any picture: a WebP without anything but its pixels, or a refusal with the reason."""

from __future__ import annotations

import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, MpoImagePlugin

from wschat.pictures import transcode

from .samples import SECRET, claiming, encoded, moving, plain, with_metadata, with_palette

RED, GREY = (255, 0, 0), (156, 156, 156)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    transcode.load()


def seen(data: bytes) -> Image.Image:
    """The picture that people see in the end."""
    output = transcode.transcode(data)
    picture = Image.open(BytesIO(output[8:]), formats=["WEBP"])
    picture.load()
    assert picture.size == (int.from_bytes(output[:4], "big"), int.from_bytes(output[4:8], "big"))
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "MPO"])
def test_a_picture_in_each_format_is_seen_as_it_was(kind: str) -> None:
    """With its size and its colour."""
    picture = seen(plain(kind=kind))
    assert picture.size == (8, 4)
    assert all(abs(one - other) < 4 for one, other in zip(picture.convert("RGB").getpixel((3, 2)), RED, strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_pixels_is_left_and_they_stand_upright(kind: str) -> None:
    """Neither where a photo was taken, nor its camera, nor its colour profile; a turned camera is made up for."""
    data = with_metadata(kind)
    assert SECRET in data
    assert seen(data).size == (4, 8)
    output = transcode.transcode(data)
    assert SECRET not in output
    assert not {b"EXIF", b"ICCP", b"XMP "} & {output[8:][at : at + 4] for at in range(len(output))}


def test_a_photo_with_broken_metadata_is_read_as_it_is() -> None:
    """Many programs write such; nothing of it is kept anyway."""
    data = with_metadata("JPEG").replace(b"Exif\0\0MM\0*", b"Exif\0\0XX\0*")
    assert seen(data).size == (8, 4)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_what_is_transparent_stays_so(kind: str) -> None:
    """Also where one colour of a palette is."""
    picture = seen(with_palette(kind))
    assert picture.mode == "RGBA"
    assert picture.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize(
    ("picture", "kind", "colour"),
    [
        (Image.new("I;16", (8, 4), 40_000), "PNG", GREY),
        (Image.new("CMYK", (8, 4), (0, 255, 255, 0)), "JPEG", (254, 0, 0)),
        (Image.new("LA", (8, 4), (156, 255)), "PNG", GREY),
        (Image.new("1", (8, 4), 1), "PNG", (255, 255, 255)),
    ],
    ids=["16 bits", "CMYK", "grey with alpha", "black and white"],
)
def test_a_picture_in_any_mode_keeps_its_colours(picture: Image.Image, kind: str, colour: tuple[int, ...]) -> None:
    """Those of printers, of scanners and of fax machines."""
    found = seen(encoded(picture, kind)).convert("RGB").getpixel((3, 2))
    assert all(abs(one - other) < 4 for one, other in zip(found, colour, strict=True)), found  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["PNG", "MPO"])
def test_of_several_frames_the_first_is_kept(kind: str) -> None:
    """And none of the others is decoded. GIF and WebP go on moving (test_moving.py)."""
    picture = seen(moving(kind))
    assert getattr(picture, "n_frames", 1) == 1
    red, _, blue = picture.convert("RGB").getpixel((3, 2))  # type: ignore[misc]
    assert red > 200 > blue


@pytest.mark.parametrize(
    ("size", "smaller"),
    [
        ((4000, 3000), (2048, 1536)),
        ((1080, 6000), (752, 4180)),
        ((9000, 9), (8192, 8)),
        ((3, 2900), (3, 2900)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_large_picture_is_made_smaller(size: tuple[int, int], smaller: tuple[int, int]) -> None:
    """In its proportions, by its area: a long screenshot can still be read."""
    assert seen(plain(*size)).size == smaller


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "UnidentifiedImageError"),
        (b"hello", "UnidentifiedImageError"),
        (b"GIF89a<script>alert(1)</script>", "UnidentifiedImageError"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "UnidentifiedImageError"),
        (plain(kind="BMP"), "UnidentifiedImageError"),
        (plain(kind="TIFF"), "UnidentifiedImageError"),
        (plain(200, 200, "JPEG")[:-200], "OSError"),
        (plain(200, 200)[:-60], "OSError"),
        (claiming(7_072, 7_071), "pixels"),
        (claiming(60_000, 60_000), "pixels"),
        (claiming(2**31 - 1, 2**31 - 1), "pixels"),
        (claiming(1, 5000), "narrow"),
        (claiming(0, 10), "UnidentifiedImageError"),
    ],
)
def test_what_is_no_picture_that_can_be_taken_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    """Other files, broken pictures, and those that are too large, before they are decoded."""
    with pytest.raises(transcode.NotTaken, match=reason):
        transcode.transcode(data)


def test_a_photo_with_others_in_it_is_read_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of such files, which phones make, is never used."""

    def adopt(*_: object) -> None:
        raise AssertionError("used")

    monkeypatch.setattr(MpoImagePlugin.MpoImageFile, "adopt", adopt)
    assert seen(moving("MPO")).size == (8, 4)


def test_what_follows_a_picture_is_dropped() -> None:
    """A file may be two things at once, such as a picture and a page."""
    assert b"<script>" not in transcode.transcode(plain() + b"<script>alert(1)</script>")


def test_once_locked_up_a_process_opens_nothing_and_still_reads_every_picture() -> None:
    """Pillow loads much of itself when a picture needs it, and couldn't then."""
    code = """
import resource, sys
import transcode
samples = [bytes.fromhex(line) for line in sys.stdin]
transcode.load()
transcode.lock_up()
for data in samples:
    transcode.transcode(data)
for data in samples[:2]:
    transcode.moving(data)
try:
    open("/etc/hostname")
except OSError as problem:
    print(problem.errno, resource.getrlimit(resource.RLIMIT_AS)[0])
"""
    samples = [moving("GIF"), moving("WEBP"), moving("MPO"), with_palette("GIF"), with_palette("PNG")]
    samples += [with_metadata(kind) for kind in ("JPEG", "PNG", "WEBP")]
    samples += [encoded(Image.new("CMYK", (3000, 4)), "JPEG"), encoded(Image.new("I;16", (9, 9)), "PNG")]
    folders = [str(Path(transcode.__file__).parent), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="\n".join(data.hex() for data in samples),
        env={"PYTHONPATH": ":".join(folders)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["24", str(1 << 30 if sys.platform == "linux" else resource.RLIM_INFINITY)]


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("CMYK", "JPEG"), ("RGBA", "WEBP"), ("P", "GIF")])
def test_the_largest_pictures_fit_into_the_limits(mode: str, kind: str) -> None:
    """Those of 50 million pixels, in each format."""
    data = encoded(Image.new(mode, (7071, 7071)), kind)
    script = str(Path(transcode.__file__))
    done = subprocess.run(
        [sys.executable, "-I", script, str(Path(Image.__file__).parents[1])], input=data, env={}, capture_output=True
    )
    assert (done.returncode, done.stdout[8:12]) == (0, b"RIFF"), done.stdout
