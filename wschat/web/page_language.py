"""The page in its languages. `index.html` and the manifest are in Russian; for another language, each text in them is
looked up among the texts of the page's scripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

LANGUAGES = ("ru", "en")
PREFERRED = re.compile(r"(?:^|,) *(ru|en)\b", re.IGNORECASE)
FLUENT_TEXT = re.compile(r"^([a-z][\w-]*) = ([^{}\n]+)$", re.MULTILINE)
RUSSIAN = re.compile(r'(?<=[>"])[^<>"]*[А-Яа-яЁё][^<>"]*(?=[<"])')
TITLE = re.compile(r"<title>.*</title>")
SCRIPTS = re.compile(r" *<(?:script\b[^>]*></script|link rel=\"(?:modulepreload|manifest)\"[^>]*|!--.*?--)>\n?")
NOT_FOUND = """<body>
  <header class="bar"><h1 class="bar-title">{app}</h1></header>
  <main class="talk"><div class="list"><div class="empty">
    <p class="empty-title">{page_missing}</p>
    <p>{page_missing_hint}</p>
    <a class="button" href="/">{to_main_room}</a>
  </div></div></main>
</body>
</html>
"""


def language_for(setting: str, accept_language: str) -> str:
    """The language of the setting; with `auto`, the first that the browser names and the page has, else English."""
    if setting != "auto":
        return setting
    preferred = PREFERRED.search(accept_language)
    return preferred[1].lower() if preferred else "en"


class PageLanguage:
    """One language of the page. `fluent` is its file of texts, `russian` the Russian one."""

    def __init__(self, lang: str, fluent: str, russian: str) -> None:
        self._lang = lang
        self._texts: dict[str, str] = dict(FLUENT_TEXT.findall(fluent))  # those without variables, by their id
        self._ids = {text: name for name, text in FLUENT_TEXT.findall(russian)}

    def page(self, index: str) -> str:
        """The page, with what is seen of it before its scripts run, or without them."""
        return self._translated(index, escape).replace('<html lang="ru"', f'<html lang="{self._lang}"')

    def manifest(self, manifest: str) -> str:
        """The manifest, with what the chat is called when it is installed."""
        return self._translated(manifest).replace('"lang": "ru"', f'"lang": "{self._lang}"')

    def not_found(self, page: str) -> str:
        """The page for an unknown address, with the head of `page`, which is in this language."""
        head = SCRIPTS.sub("", page.partition("<body>")[0]).replace(' data-lang="ru"', "")
        head = TITLE.sub(f"<title>{self._texts['page-missing']}</title>", head)
        return head + NOT_FOUND.format_map({name.replace("-", "_"): escape(text) for name, text in self._texts.items()})

    def _translated(self, file: str, write: Callable[[str], str] = str) -> str:
        """`file` with a text of this language in place of each Russian one; all of these are in the Russian file."""
        return RUSSIAN.sub(lambda text: write(self._texts[self._ids[text[0]]]), file)
