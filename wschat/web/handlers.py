"""Request handlers for the page and its files."""

from __future__ import annotations

from urllib.parse import quote, unquote

from tornado.web import HTTPError, RequestHandler

from ..errors import Refused
from ..model import room_name
from .headers import HSTS, YEAR, accepts_gzip, is_public_name
from .site_files import Site, StaticFile


class BaseHandler(RequestHandler):
    """The base of all request handlers. `varies_by`: the fields of a request that decide which file is sent."""

    varies_by: tuple[str, ...] = ("Accept-Encoding",)
    _etag: str | None = None

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in self.settings["headers"].items():
            self.set_header(name, value)
        if self.settings["hsts"] and is_public_name(self.request.host_name):
            self.set_header("Strict-Transport-Security", HSTS)

    def send(self, file: StaticFile) -> None:
        """Answer with a file, as gzip if the browser accepts that and it is smaller."""
        self.set_header("Content-Type", file.type)
        self.set_header("Vary", ", ".join(self.varies_by))
        zipped = accepts_gzip(self.request.headers.get("Accept-Encoding", "")) and len(file.zipped) < len(file.body)
        if zipped:
            self.set_header("Content-Encoding", "gzip")
        self._etag = f'"{file.etag}-gzip"' if zipped else f'"{file.etag}"'
        body = file.zipped if zipped else file.body
        self.settings["charge"](self.request, len(body), 0.0)
        self.finish(body)

    def compute_etag(self) -> str | None:
        """The ETag of the file, computed once; Tornado would hash the file for each answer."""
        return self._etag or super().compute_etag()

    def write_error(self, status_code: int, **_: object) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")


class SiteHandler(BaseHandler):
    """The base of handlers that answer with files of the site."""

    def initialize(self, site: Site) -> None:
        self.site = site


class TranslatedHandler(SiteHandler):
    """The base of handlers that answer in the reader's language."""

    def initialize(self, site: Site) -> None:
        super().initialize(site)
        self.varies_by = (*self.varies_by, *site.language_fields)

    @property
    def accept_language(self) -> str:
        return self.request.headers.get("Accept-Language", "")


class IndexHandler(TranslatedHandler):
    """The chat, for any room: the page reads the room's name from its own address.

    A room has one address, by which the browser keeps drafts and posts: other spellings of its name redirect there.
    """

    def get(self) -> None:
        self.set_header("Cache-Control", "no-cache")
        name = unquote(self.request.path.removeprefix(self.site.base)).strip("/").removeprefix("r/")
        try:
            room = room_name(name)
        except Refused:
            room = name  # the page will report it
        if room == name:
            self.send(self.site.page(self.accept_language))
        else:
            query = f"?{self.request.query}" if self.request.query else ""
            self.redirect(f"{self.site.base}/r/{quote(room, safe='')}{query}")

    head = get


class StaticHandler(SiteHandler):
    """A file of the page. With the current hash in its address, browsers may keep it for ever; otherwise not."""

    def get(self, version: str, name: str) -> None:
        file = self.site.files.get(name)
        if file is None:
            raise HTTPError(404)
        current = version == self.site.version
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable" if current else "no-cache")
        self.send(file)

    head = get


class RootFileHandler(SiteHandler):
    """A file of the page that must be at the root of the site: the service worker, the icon."""

    def get(self, name: str) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.send(self.site.root_files[name])

    head = get


class EmbedHandler(SiteHandler):
    """The script with which other sites show the chat in their pages: any page may load it."""

    def get(self) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.send(self.site.embed)

    head = get


class ManifestHandler(TranslatedHandler):
    """The manifest, with which browsers install the page."""

    def get(self) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.send(self.site.manifest(self.accept_language))

    head = get


class NotFoundHandler(TranslatedHandler):
    """Any other address: a page for people, a line for programs."""

    varies_by = ("Accept", "Accept-Encoding")

    def prepare(self) -> None:
        self.set_status(404)
        if "text/html" in self.request.headers.get("Accept", ""):
            self.send(self.site.not_found(self.accept_language))
        else:
            self.set_header("Vary", ", ".join(self.varies_by))
            self.write_error(404)
