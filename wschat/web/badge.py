"""The badge with the number of people online, as an SVG picture in the style of those in READMEs."""

from __future__ import annotations

DIGIT, MARGIN = 7.0, 12.0  # px: a digit of the font, and the space in a half of the badge
TEXTS = {  # the name, what follows the number, what stands in place of it, each with its width in px
    "en": (("chat", 25.0), (" online", 38.0), ("private", 40.0)),
    "ru": (("чат", 21.0), (" в сети", 41.0), ("закрытый", 58.0)),
}
GREEN, GREY = "#1a7f37", "#59636e"  # white text on them has a contrast of 5 or more
# Without style attributes, which the chat's content security policy forbids; `textLength` makes the text as wide as its
# half in any font.
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="{whole:g}" height="20" role="img" xml:lang="{lang}">\
<title>{name}: {text}</title>\
<clipPath id="r"><rect width="{whole:g}" height="20" rx="3"/></clipPath>\
<g clip-path="url(#r)"><rect width="{left:g}" height="20" fill="#444c56"/>\
<rect x="{left:g}" width="{right:g}" height="20" fill="{colour}"/></g>\
<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" aria-hidden="true">\
<text x="6" y="14" textLength="{name_width:g}">{name}</text>\
<text x="{text_x:g}" y="14" textLength="{text_width:g}">{text}</text></g></svg>
"""


def badge(online: int | None, lang: str) -> bytes:
    """The badge in a language; `online` is None for a chat or a room that isn't open to everybody."""
    (name, name_width), (ending, ending_width), (text, text_width) = TEXTS[lang]
    if online is not None:
        text, text_width = f"{online}{ending}", len(str(online)) * DIGIT + ending_width
    left, right = name_width + MARGIN, text_width + MARGIN
    return SVG.format(
        lang=lang,
        name=name,
        text=text,
        name_width=name_width,
        text_width=text_width,
        text_x=left + MARGIN / 2,
        left=left,
        right=right,
        whole=left + right,
        colour=GREEN if online else GREY,
    ).encode()
