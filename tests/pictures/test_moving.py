"""What re-encoding makes of a picture that moves: all its frames, or within its bounds only the first."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from wschat.pictures import transcode

from .samples import SECRET, film

COLOURS = ("red", "lime", "blue")
CLEAR = (0, 0, 0, 0)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    transcode.load()


def shown(data: bytes) -> list[Image.Image]:
    """The frames that people see in the end, with `duration` and `loop` in their `info`."""
    output = transcode.transcode(data)
    picture = Image.open(BytesIO(output[8:]), formats=["WEBP"])
    assert picture.size == (int.from_bytes(output[:4], "big"), int.from_bytes(output[4:8], "big"))
    frames = []
    for at in range(getattr(picture, "n_frames", 1)):
        picture.seek(at)
        picture.load()
        frames.append(picture.copy())
    return frames


def plain_frames(count: int = 3, width: int = 8, height: int = 4) -> list[Image.Image]:
    return [Image.new("RGB", (width, height), COLOURS[n % 3]) for n in range(count)]


def is_alike(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 16 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_picture_goes_on_moving(kind: str) -> None:
    """With the colours of its frames and their durations, of which browsers show those under 20 ms for 100."""
    frames = shown(film(plain_frames(), kind, duration=[40, 10, 700], loop=0))
    assert [frame.info["duration"] for frame in frames] == [40, 100, 700]
    seen = [frame.convert("RGB").getpixel((3, 2)) for frame in frames]
    assert all(map(is_alike, seen, [(255, 0, 0), (0, 255, 0), (0, 0, 255)])), seen


@pytest.mark.parametrize(
    ("kind", "options", "plays"),
    [("GIF", {}, 1), ("GIF", {"loop": 0}, 0), ("GIF", {"loop": 2}, 3), ("WEBP", {"loop": 2}, 2)],
    ids=["once", "without end", "repeated twice", "twice"],
)
def test_it_plays_as_often_as_before(kind: str, options: dict[str, int], plays: int) -> None:
    """A GIF says how often it is repeated, a WebP how often it plays."""
    assert shown(film(plain_frames(), kind, **options))[0].info["loop"] == plays


def test_what_was_transparent_or_was_cleared_is_so_in_each_frame() -> None:
    """A dot that wanders over nothing: where it has been, nothing is left of it."""
    frames = [Image.new("RGBA", (32, 16), CLEAR) for _ in range(3)]
    for n, frame in enumerate(frames):
        ImageDraw.Draw(frame).ellipse((8 * n, 0, 8 * n + 8, 16), "red")
    for n, frame in enumerate(shown(film(frames, disposal=2))):
        alphas = [frame.convert("RGBA").getpixel((8 * at + 4, 8))[3] for at in range(3)]  # type: ignore[index]
        assert alphas == [255 if at == n else 0 for at in range(3)]


def test_frames_that_draw_over_those_before_are_seen_whole() -> None:
    """As GIFs save bytes: each has only what is new."""
    frames = plain_frames(1, 32, 16) * 3
    for n in range(3):
        frames[n] = frames[n - 1].copy()
        frames[n].paste((0, 0, 255), (8 * n, 0, 8 * n + 8, 16))
    last = shown(film(frames))[-1].convert("RGB")
    assert all(is_alike(last.getpixel((8 * at + 4, 8)), (0, 0, 255)) for at in range(3))
    assert is_alike(last.getpixel((28, 8)), (255, 0, 0))


@pytest.mark.parametrize(
    ("kind", "options"), [("GIF", {"comment": SECRET}), ("WEBP", {"exif": b"Exif", "xmp": SECRET})]
)
def test_nothing_but_the_frames_is_left(kind: str, options: dict[str, bytes]) -> None:
    """Neither comments nor what programs write beside them."""
    data = film(plain_frames(), kind, **options)
    assert set(options.values()) & {SECRET}
    assert SECRET in data
    output = transcode.moving(data)
    assert SECRET not in output
    assert not {b"EXIF", b"ICCP", b"XMP "} & {output[at : at + 4] for at in range(len(output))}


@pytest.mark.parametrize(
    ("size", "count", "smaller"),
    [((2000, 500), 3, (1280, 320)), ((400, 300), 200, (327, 245)), ((400, 300), 100, (400, 300))],
    ids=["large", "long", "usual"],
)
def test_one_that_is_large_or_long_is_made_smaller(size: tuple[int, int], count: int, smaller: tuple[int, int]) -> None:
    """By the longer side, and by the pixels of all frames together: each takes its time, here and on phones."""
    frames = shown(film(plain_frames(count, *size)))
    assert (len(frames), frames[0].size) == (count, smaller)


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("FRAMES_MAX", 19),
        ("FRAMES_PIXELS_MAX", 2_399_999),
        ("MOVING_BYTES_MAX", 100),
        ("MOVING_TIME", 0.01),
    ],
)
def test_beyond_the_bounds_the_first_frame_is_kept(monkeypatch: pytest.MonkeyPatch, limit: str, value: float) -> None:
    """The person isn't told of an error: there is a picture."""
    data = film(plain_frames(20, 400, 300))
    monkeypatch.setattr(transcode, limit, value)
    (frame,) = shown(data)
    assert is_alike(frame.convert("RGB").getpixel((3, 2)), (255, 0, 0))


def test_a_gif_that_is_cut_off_is_still_seen() -> None:
    """Its first frame is whole."""
    noise = [Image.effect_noise((64, 64), 50 + n) for n in range(4)]
    data = film(noise)
    assert len(shown(data)) == 4
    assert len(shown(data[: len(data) // 2])) == 1


def test_a_webp_that_is_cut_off_is_refused() -> None:
    """Its decoder takes only whole files, even for the first frame."""
    data = film([Image.effect_noise((64, 64), 50 + n) for n in range(4)], "WEBP")
    with pytest.raises(transcode.NotTaken, match="can't be read"):
        transcode.transcode(data[:-100])


def test_a_frame_that_is_larger_than_the_picture_is_never_decoded() -> None:
    """A GIF of a few bytes may ask for gigabytes with each of its frames."""
    data = film(plain_frames(2))
    place = data.rindex(b"\x2c\0\0\0\0\x08\0\x04\0") + 5
    bomb = data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :]
    with pytest.raises(transcode.NotTaken, match="larger"):
        transcode.moving(bomb)
    assert len(shown(bomb)) == 1


def in_a_process(data: bytes) -> subprocess.CompletedProcess[bytes]:
    script, pillow = str(Path(transcode.__file__)), str(Path(Image.__file__).parents[1])
    return subprocess.run([sys.executable, "-I", script, pillow], input=data, env={}, capture_output=True)


def test_a_file_of_very_many_frames_costs_a_bounded_time() -> None:
    """Half a million fit into an upload."""
    start, frame = film(plain_frames(2))[:-1], film(plain_frames(2))
    one = frame[frame.rindex(b"\x21\xf9") : -1]
    done = in_a_process(start + one * ((8 << 20) // len(one)) + b";")
    assert (done.returncode, done.stdout[8:12]) == (0, b"RIFF")


@pytest.mark.slow
@pytest.mark.parametrize(("size", "count"), [((4000, 3000), 8), ((1280, 720), 100), ((440, 450), 500)])
@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_the_largest_that_move_fit_into_the_limits(kind: str, size: tuple[int, int], count: int) -> None:
    """Those of nearly 100 million pixels, few and many frames."""
    tile = Image.effect_noise((64, 64), 90).resize(size).convert("P" if kind == "GIF" else "RGBA")
    frames = [tile.rotate(7 * n) for n in range(count)]
    done = in_a_process(film(frames, kind, **({"method": 0, "quality": 10} if kind == "WEBP" else {})))
    assert (done.returncode, done.stdout[8:12]) == (0, b"RIFF"), done.stdout
