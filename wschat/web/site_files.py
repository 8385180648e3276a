"""The files of the page as they are served, read and joined once."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from .bundle import bundle
from .page_language import LANGUAGES, PageLanguage, language_for

ALL_STYLES = "css/all.css"
STYLE_SHEET = re.compile(r'<link rel="stylesheet" href="/static/([^"]+)">\n?')
COMMENT_OR_INDENT = re.compile(rb"/\*.*?\*/\s*|^ +", re.DOTALL | re.MULTILINE)
ENTRY = re.compile(r'<(?:script type="module" src|link rel="modulepreload" href)="/static/(js/[^"]+)">')
MANIFEST, WORKER, EMBED, ICON = "manifest.webmanifest", "js/sw.js", "js/embed.js", "img/icon.svg"
HTML = "text/html; charset=utf-8"
TYPES = {  # not the system's table: it differs from machine to machine, and takes 5 ms to read
    ".js": "text/javascript",
    ".map": "application/json",
    ".json": "application/json",
    ".css": "text/css",
    ".ftl": "text/plain",
    ".txt": "text/plain",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}


class StaticFile(Struct, frozen=True, dict=True):
    body: bytes
    type: str

    @cached_property
    def zipped(self) -> bytes:
        """The body as gzip, made at the first request: a third of the size of a script or a style sheet."""
        return gzip.compress(self.body, mtime=0)

    @cached_property
    def etag(self) -> str:
        return _hash(self.body)


class Site:
    """`index.html` and everything under `static/`, read once at the start: some hundred kilobytes.

    The files have an address with the hash of them all, so that browsers may keep them for ever. The style sheets are
    served as one, and each module that `index.html` names as one with all that it imports: over HTTP/1.1 each further
    request of the first load can be felt.

    `base`: the path that all addresses of the site begin with, such as `/chat`.
    `asks_password`: the page asks newcomers for the operator's password along with their name.
    `bundles`: False serves the modules one by one, for development.
    `language_fields`: the fields of a request that decide the language of the page.
    `root_files`: those that must be at the root of the site, by their names there.
    """

    def __init__(
        self, root: Path, lang: str, base: str = "", *, asks_password: bool = False, bundles: bool = True
    ) -> None:
        self.base = base
        folder = root / "static"
        self.files = {
            path.relative_to(folder).as_posix(): StaticFile(path.read_bytes(), _type(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        page = self._with_one_style_sheet((root / "index.html").read_text(encoding="utf-8"))
        if bundles:
            self._bundle_modules(ENTRY.findall(page))
        self.version = _hash(page.encode(), *(file.body for file in self.files.values()))
        self._lang = lang
        self.language_fields = ("Accept-Language",) if lang == "auto" else ()
        languages = {each: PageLanguage(each, self._fluent(each), self._fluent("ru")) for each in LANGUAGES}
        translated = {each: language.page(page) for each, language in languages.items()}
        facts = f'data-lang="{lang}"' + (" data-password" if asks_password else "")
        self._pages = {each: self._html(text.replace('data-lang="ru"', facts)) for each, text in translated.items()}
        self._not_found = {each: self._html(languages[each].not_found(text)) for each, text in translated.items()}
        manifest = self.files[MANIFEST]
        self._manifests = {
            each: self._quoted(language.manifest(manifest.body.decode()), manifest.type)
            for each, language in languages.items()
        }
        worker = self.files[WORKER]
        self.root_files = {
            "sw.js": self._quoted(worker.body.decode(), worker.type),
            "favicon.ico": self.files[ICON],  # has no addresses
        }

    @property
    def embed(self) -> StaticFile:
        """The script for the pages of other sites."""
        return self.files[EMBED]

    def page(self, accept_language: str) -> StaticFile:
        """The page, with what is seen of it before its scripts run, or without them, in the reader's language."""
        return self._pages[language_for(self._lang, accept_language)]

    def not_found(self, accept_language: str) -> StaticFile:
        """The page for an unknown address: the frame, a sentence and a link to the main room. It needs no script."""
        return self._not_found[language_for(self._lang, accept_language)]

    def manifest(self, accept_language: str) -> StaticFile:
        """The manifest, with what the chat is called when it is installed, in the reader's language."""
        return self._manifests[language_for(self._lang, accept_language)]

    def _html(self, text: str) -> StaticFile:
        """A page whose attributes that begin with a slash are addresses."""
        return StaticFile(self._with_addresses(text, '="').encode(), HTML)

    def _quoted(self, text: str, type_: str) -> StaticFile:
        """A file whose quoted texts that begin with a slash are addresses."""
        return StaticFile(self._with_addresses(text, '"').encode(), type_)

    def _with_addresses(self, text: str, before: str) -> str:
        """`text` with the version in the addresses of files, and the base path in all. `before`: what they follow."""
        return text.replace('"/static/', f'"/static/{self.version}/').replace(f"{before}/", f"{before}{self.base}/")

    def _fluent(self, lang: str) -> str:
        """The file of the page's texts in this language."""
        return self.files[f"i18n/{lang}.ftl"].body.decode()

    def _with_one_style_sheet(self, page: str) -> str:
        """`page` with one link for all its style sheets; their sum becomes a file, without comments and indents."""
        links = list(STYLE_SHEET.finditer(page))
        if not links:
            return page
        body = COMMENT_OR_INDENT.sub(b"", b"".join(self.files[link[1]].body for link in links))
        self.files[ALL_STYLES] = StaticFile(body, _type(Path(ALL_STYLES)))
        first = links[0][0].replace(links[0][1], ALL_STYLES)
        return page[: links[0].start()] + first + page[links[-1].end() :]

    def _bundle_modules(self, entries: list[str]) -> None:
        """Replace the modules by bundles; a bundled module has no file of its own any more, so that none runs twice."""
        modules = {name for name in self.files if name.startswith("js/")}
        served = bundle({name: self.files[name].body.decode() for name in modules}, entries)
        for name in modules:
            del self.files[name]
        self.files |= {name: StaticFile(text.encode(), _type(Path(name))) for name, text in sorted(served.items())}


def _type(path: Path) -> str:
    kind = TYPES.get(path.suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]
