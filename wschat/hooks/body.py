"""Reads the text of a message from the body of a request, in the formats that programs send."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from ..errors import ChatError
from ..protocol import MALFORMED, read_any
from .slack import FIELDS, slack_text

JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_FIELDS_MAX = 100
# A form with one of our fields. Texts that `curl -d` sends have white space before anything that looks like one.
_FORM = re.compile(r"(?:[^\s&=]*=[^\s&]*&)*(?:payload|text)=")


class BadBody(ChatError):
    """The body can't be read. The text is a sentence for the program's author."""


def text_in(body: bytes, content_type: str) -> str:
    """The text of the message, which may be empty. Raises BadBody."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise BadBody("Parts aren't read: send the text itself, JSON, or a form as curl -d makes it.")
    try:
        text = body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadBody("The body isn't text in UTF-8: send it as UTF-8.") from None
    if JSON_TYPE.fullmatch(kind):
        text = _of_json(text)
    elif kind == FORM_TYPE:
        text = _of_form(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _of_form(text: str) -> str:
    """The text in a form: in `payload`, JSON, or in `text`. Without either it is what `curl -d` sends if no header
    says otherwise: JSON with our fields, or the text itself.
    """
    message = _message_in(text)
    if message is not None:
        return slack_text(message)
    if not _FORM.match(text):
        return text
    try:
        fields = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS_MAX))
    except ValueError:
        raise BadBody("The form can't be read: encode it as curl --data-urlencode does.") from None
    return _of_json(fields["payload"]) if "payload" in fields else fields["text"]


def _message_in(text: str) -> dict[str, Any] | None:
    """The JSON of a message that was sent as a form; None if the text isn't one."""
    if not text.startswith("{"):
        return None
    try:
        value: Any = read_any(text)
    except MALFORMED:
        return None
    return value if isinstance(value, dict) and value.keys() & FIELDS else None


def _of_json(text: str) -> str:
    try:
        value: Any = read_any(text)
    except MALFORMED as problem:
        raise BadBody(f"The body isn't valid JSON: {' '.join(str(problem).split())}.") from None
    if not isinstance(value, dict):
        raise BadBody("Expected a JSON object with the field text, or as Slack takes it.")
    return slack_text(value)
