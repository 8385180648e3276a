"""Pictures in tests of the page: files to attach, and a server that takes and gives them as a test says."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, Route, expect

from .fake_server import ME, FakeServer, message
from .people import Person
from .steps import Staged, talk

LIMITS = {"text": 4000, "name": 32, "edit_window": 0, "pictures": 4, "picture_size": 8 << 20}
SHADES = {"blue": (37, 99, 160), "green": (52, 120, 80), "sand": (196, 160, 104), "plum": (112, 64, 120)}
# Hands files to the page as a paste or a drop does; `types` has besides them what else is in the clipboard.
HAND_OVER = """([type, files, text]) => {
    const data = new DataTransfer();
    for (const { name, mimeType, base64 } of files)
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type: mimeType }));
    if (text) data.setData("text/plain", text);
    const [Kind, name] = type === "paste" ? [ClipboardEvent, "clipboardData"] : [DragEvent, "dataTransfer"];
    const target = document.querySelector(type === "paste" ? "#field" : "#list");
    target.dispatchEvent(new Kind(type, { [name]: data, bubbles: true, cancelable: true }));
}"""


def drawn(width: int, height: int, shade: str = "blue", format: str = "PNG", **options: Any) -> bytes:
    """A picture with hills under a sky."""
    image = Image.new("RGB", (width, height), SHADES[shade])
    pen = ImageDraw.Draw(image)
    for n, part in enumerate((0.45, 0.6, 0.75)):
        light = tuple(min(255, round(each * (1.5 - 0.35 * n))) for each in SHADES[shade])
        top = height * part
        pen.polygon([(0, height), (0, top), (width * 0.35, top - height * 0.2), (width, top), (width, height)], light)
    pen.ellipse((width * 0.7, height * 0.1, width * 0.7 + height * 0.18, height * 0.28), (250, 230, 160))
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def gif(width: int = 320, height: int = 240) -> bytes:
    """Hills that change their colour ten times a second."""
    frames = [Image.open(io.BytesIO(drawn(width, height, shade))).convert("P") for shade in ("blue", "plum")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return file.getvalue()


def picture(name: str = "hills.png", width: int = 640, height: int = 480, shade: str = "blue") -> FilePayload:
    """A file to choose."""
    return {"name": name, "mimeType": "image/png", "buffer": drawn(width, height, shade)}


class PictureServer:
    """What the fake server does with pictures. `kept`: those that it gives, by id; `refusals`: its next answers."""

    def __init__(self, page: Page, fake: FakeServer) -> None:
        self.kept: dict[str, bytes] = {}
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.uploads: list[str] = []
        self.held: list[Route] = []
        self.holds = False
        self._fake = fake
        self.seq = 0  # of the newest message
        fake.answers["upload"] = lambda command: {
            "type": "upload", "ref": command["ref"], "ticket": f"ticket{len(fake.commands('upload'))}",
        }  # fmt: skip
        fake.answers["post"] = self._post
        page.route("**/r/*/pictures", self._take)
        page.route("**/r/*/pictures/*", self._give)

    def has(self, id_: str, width: int = 640, height: int = 480, shade: str = "blue") -> dict[str, Any]:
        """A picture that is there already, as messages name it."""
        self.kept[id_] = drawn(width, height, shade)
        return {"id": id_, "width": width, "height": height}

    def releases(self) -> None:
        """The uploads that were held go on."""
        self.holds = False
        for route in self.held:
            self._take(route)
        self.held.clear()

    def _take(self, route: Route) -> None:
        if self.holds:
            self.held.append(route)
            return
        self.uploads.append(route.request.headers["authorization"])
        if self.refusals:
            status, body = self.refusals.pop(0)
            route.fulfill(status=status, json=body)
            return
        id_ = f"picture{len(self.uploads)}"
        self.has(id_)
        route.fulfill(status=201, json={"picture": f"receipt-{id_}", "id": id_, "width": 640, "height": 480})

    def _give(self, route: Route) -> None:
        body = self.kept.get(route.request.url.rsplit("/", 1)[-1])
        if body is None:
            route.fulfill(status=404, body="")
        else:
            route.fulfill(body=body, content_type="image/png")

    def _post(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        """It is in the room at once."""
        self.seq += 1
        pictures = [
            {"id": receipt.removeprefix("receipt-"), "width": 640, "height": 480}
            for receipt in command.get("pictures", [])
        ]
        stored = message(
            self.seq, command["text"], ME, id=command["id"], **({"pictures": pictures} if pictures else {})
        )
        return [{"type": "ack", "id": command["id"], "seq": self.seq}, stored]


def hands(page: Page, how: str, *files: FilePayload, text: str = "") -> None:
    """Paste these files, drag them over the page, or drop them there."""
    given = [
        {"name": each["name"], "mimeType": each["mimeType"], "base64": base64.b64encode(each["buffer"]).decode()}
        for each in files
    ]
    page.evaluate(HAND_OVER, [how, given, text])


def chooses(page: Page, *files: FilePayload) -> None:
    """Choose files with the button."""
    page.locator("input[type=file]").set_input_files(list(files))


def in_a_room(staged: Staged, *said: str | dict[str, Any], **more: Any) -> PictureServer:
    """Anna in a room that takes pictures."""
    anna, fake = staged
    pictures = PictureServer(anna.page, fake)
    pictures.seq = len(said)
    talk(staged, *said, **{"limits": LIMITS, **more})
    expect(anna.page.locator("#attach")).to_be_visible()
    return pictures


def uploads(page: Page, count: int) -> None:
    """Wait until so many pictures above the field are uploaded."""
    expect(page.locator(".attachment")).to_have_count(count)
    expect(page.locator("[data-waits]")).to_have_count(0)


def ignores_failures(anna: Person) -> None:
    """The browser itself says which requests were answered with an error, as the test means them to be."""
    anna.complaints[:] = [each for each in anna.complaints if "Failed to load resource" not in each]
