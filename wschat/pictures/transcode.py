"""Re-encodes one picture from stdin to stdout: its width and height, 4 bytes each, and then WebP.

The server starts it as a process of its own, with the folder of Pillow as argument. It imports nothing of the chat. It
exits with INVALID for a picture that isn't taken, and with 1 for anything else; then stdout has the reason.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image
    from PIL.GifImagePlugin import GifImageFile
    from PIL.WebPImagePlugin import WebPImageFile

INVALID = 65
MEMORY = 1 << 30  # bytes of address space: of these a picture of PIXELS_MAX needs three quarters at most
PROCESSOR_TIME = 15  # s
PIXELS_MAX = 50_000_000
AREA_MAX = 2048 * 1536  # px of a picture afterwards: by its sides, a long screenshot would become too narrow to read,
SIDE_MAX = 8192  # px; of a WebP, a side has 16,383 at most
RATIO_MAX = 1000  # of the sides
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# Of a picture that moves, beyond these bounds only the first frame is kept. 16 million pixels take 1.5 s to encode.
MOVING_FORMATS = ("GIF", "WEBP")
FRAMES_MAX = 500
FRAMES_PIXELS_MAX = 100_000_000  # px of all frames together as they come,
FRAMES_AREA_MAX = 16_000_000  # px, and afterwards: with many frames, each is made smaller
MOVING_SIDE_MAX = 1280  # px afterwards
MOVING_BYTES_MAX = 8 << 20
MOVING_TIME = 8.0  # s, on a slow or busy machine: then there is enough left for the first frame
MOVING_QUALITY = 75
LOOP_MAX = 65_535  # plays of a WebP
DURATION_LEAST = 20  # ms of a frame: browsers take less for a mistake,
DURATION_USUAL = 100  # and show it for so long
SMALL_FIRST = ("L", "RGB", "RGBA", "CMYK")  # modes in which a picture can be made smaller
REDUCING_GAP = 2.0  # a fast step first, to twice the size, and a fine one then
NICENESS = 10  # people's messages go first


class NotTaken(Exception):
    """The picture isn't taken. The text says why."""


def main(pillow: str) -> None:
    sys.path.append(pillow)
    code = 0
    try:
        load()
        lock_up()
        output = transcode(sys.stdin.buffer.read())
    except NotTaken as problem:
        code, output = INVALID, str(problem).encode()
    except MemoryError:
        code, output = INVALID, b"the picture needs too much memory"
    except Exception:
        code, output = 1, traceback.format_exc().encode()
    sys.stdout.buffer.write(output)
    sys.stdout.buffer.flush()
    os._exit(code)  # there is nothing to tidy up


def load() -> None:
    """Load all that a picture may need: later, no file can be opened. Pillow loads much of it when it is used."""
    from PIL import Image, JpegImagePlugin

    Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is another one
    Image.init()
    # Of a JPEG with several pictures in it, Pillow would make one of another format, which isn't allowed here.
    Image.register_open("JPEG", JpegImagePlugin.JpegImageFile, lambda begin: begin.startswith(b"\xff\xd8\xff"))
    black, white = Image.new("RGB", (1, 1)), Image.new("RGB", (1, 1), "white")
    for name in FORMATS:
        sample = BytesIO()
        black.save(sample, name, **({"save_all": True, "append_images": [white]} if name in MOVING_FORMATS else {}))
        transcode(sample.getvalue())


def transcode(data: bytes) -> bytes:
    """The picture in WebP, after its size. Raises NotTaken, MemoryError."""
    with suppress(Exception):  # out of bounds, or broken somewhere: its first frame may be whole
        return moving(data)
    return still(data)


def moving(data: bytes) -> bytes:
    """All frames of a picture that moves. Raises any kind of exception for others."""
    from PIL import GifImagePlugin, Image, WebPImagePlugin

    with at_most(MOVING_TIME), Image.open(BytesIO(data), formats=MOVING_FORMATS) as picture:
        assert isinstance(picture, (GifImagePlugin.GifImageFile, WebPImagePlugin.WebPImageFile))
        check_size(*picture.size)
        size = fitting_moving(picture.size, picture.n_frames)
        frames, durations = zip(*frames_of(picture, size), strict=True)
        encoded = BytesIO()
        frames[0].save(
            encoded, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=plays(picture),
            background=(0, 0, 0, 0), quality=MOVING_QUALITY,
        )  # fmt: skip
    if encoded.tell() > MOVING_BYTES_MAX:
        raise NotTaken("the frames take too many bytes")
    return with_size(size, encoded)


def still(data: bytes) -> bytes:
    """The picture, or the first frame of one that moves. Raises NotTaken, MemoryError."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            check_size(*picture.size)
            picture.draft("RGB", fitting(*picture.size))  # a JPEG is decoded at a size near that
            picture.load()
            small = shrunk(picture, fitting(*picture.size))
    except (NotTaken, MemoryError):
        raise
    except Exception as problem:  # Pillow raises any kind for pictures that are broken
        raise NotTaken(f"the picture can't be read: {type(problem).__name__}") from problem
    with suppress(Exception):  # many cameras and programs write broken metadata
        ImageOps.exif_transpose(small, in_place=True)
    encoded = BytesIO()
    small.save(encoded, "WEBP", quality=QUALITY)  # without its metadata, unless they are given here
    return with_size(small.size, encoded)


def with_size(size: tuple[int, int], encoded: BytesIO) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in size) + encoded.getvalue()


def lock_up() -> None:
    """Give up everything that a picture which takes over this process could use: it can only read and write."""
    os.nice(NICENESS)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # Linux
        score.write("1000")  # if the machine has no memory left, this process ends, and not the server
    limits = {
        resource.RLIMIT_AS: (MEMORY, MEMORY),
        resource.RLIMIT_CPU: (PROCESSOR_TIME, PROCESSOR_TIME + 1),  # SIGXCPU first: SIGKILL tells less
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (3, 3),
    }
    for limit, values in limits.items():
        with suppress(OSError, ValueError):  # macOS has no limit of the address space
            resource.setrlimit(limit, values)


def check_size(width: int, height: int) -> None:
    if width * height > PIXELS_MAX:
        raise NotTaken(f"the picture has more than {PIXELS_MAX:,} pixels")
    if max(width, height) > RATIO_MAX * min(width, height):
        raise NotTaken("the picture is too narrow")


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size of such a picture afterwards: that of AREA_MAX and SIDE_MAX, in its proportions, to a pixel at least."""
    scale = min(1.0, math.sqrt(AREA_MAX / (width * height)), SIDE_MAX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def fitting_moving(size: tuple[int, int], frames: int) -> tuple[int, int]:
    """The size of such a picture afterwards. Raises NotTaken."""
    width, height = size
    pixels = width * height * frames
    if not 1 < frames <= FRAMES_MAX or pixels > FRAMES_PIXELS_MAX:
        raise NotTaken(f"the picture has {frames} frames of {width} × {height} pixels")
    scale = min(1.0, math.sqrt(FRAMES_AREA_MAX / pixels), MOVING_SIDE_MAX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def frames_of(picture: GifImageFile | WebPImageFile, size: tuple[int, int]) -> Iterator[tuple[Image.Image, int]]:
    """Each frame in this size, and for how long (ms) it is seen. Raises NotTaken."""
    canvas = picture.size
    for at in range(picture.n_frames):
        picture.seek(at)
        if picture.size != canvas:  # a frame of a GIF may reach beyond: nothing is allocated for it yet
            raise NotTaken("a frame is larger than the picture")
        picture.load()
        duration = picture.info.get("duration", 0)
        yield shrunk(picture, size), DURATION_USUAL if duration < DURATION_LEAST else duration


def plays(picture: GifImageFile | WebPImageFile) -> int:
    """How often a picture plays, 0: without end. A GIF says how often it is repeated, or nothing."""
    loop: int | None = picture.info.get("loop")
    if loop is None:
        return 1
    return min(loop + 1, LOOP_MAX) if loop and picture.format == "GIF" else loop


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block after so long."""

    def end(*_: object) -> None:
        raise TimeoutError

    handler = signal.signal(signal.SIGALRM, end)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)  # one that was set before


def shrunk(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in a mode that WebP has, in this size. Made small first, if its mode allows that: a large one takes
    much memory twice.
    """
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")  # of 16 bits the upper 8
    if picture.mode not in SMALL_FIRST or "transparency" in picture.info:
        picture = picture.convert(mode)
    if size != picture.size:
        picture = picture.resize(size, reducing_gap=REDUCING_GAP)
    return picture.convert(mode)


if __name__ == "__main__":
    main(sys.argv[1])
