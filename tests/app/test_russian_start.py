"""The start and its errors in Russian: at a terminal, where the setting LANG is `ru`; English for all others."""

from __future__ import annotations

import ast
import errno
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from wschat.access import Access
from wschat.app.russian import CATALOGUE, in_russian
from wschat.config import SETTINGS, command_line, option_name
from wschat.errors import Refused
from wschat.names import person_name

from ..support import free_port
from ..support.nodes import defaults
from ..support.server import ROOT

RAISING = {"StartError", "TryAgainLater", "UsageError", "BadParameter", "fail", "Trouble", "of_all", "Remedy"}
PARTS_ONLY = {"{}", "{}."}
REFUSED = "redis://127.0.0.1:1"
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
PART = re.compile(r"\{[^{}]*\}")


def at_a_terminal(*words: str, **environment: str) -> str:
    """All that server.py says to somebody at a terminal until it ends, or has started; then it is stopped."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "server.py", *words], cwd=ROOT, stdin=end, stdout=end, stderr=end,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip
    os.close(end)
    said = b""
    try:
        while b"/\r\n" not in said[-3:]:
            said += os.read(terminal, 4096)
            if "запущен: ".encode() in said or b"started at" in said:
                process.terminate()
    except OSError:  # the terminal's other end is closed: it has ended
        pass
    finally:
        process.terminate()
        process.wait(20)
        os.close(terminal)
    return said.decode().replace("\r\n", "\n")


def shape(text: str) -> str:
    """The sentence without the names of its parts."""
    return PART.sub("{}", text)


def template(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # .rstrip()
        return template(node.func.value)
    return None


def sentences() -> Iterator[tuple[str, str]]:
    """The file and the words of each error with which the server may refuse to start."""
    for file in sorted((ROOT / "wschat").rglob("*.py")):
        if "cli" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISING:
                for text in map(template, node.args):
                    if text is not None and text not in PARTS_ONLY:
                        yield file.name, text


SHAPES = {shape(english) for english in CATALOGUE}


@pytest.mark.parametrize(("file", "text"), sorted(set(sentences())))
def test_each_start_error_has_both_languages(file: str, text: str) -> None:
    """A sentence that is new in the code needs its Russian form; a final period may be the caller's."""
    variants = {text, text.removesuffix("."), text.replace("{}{}", "{}")}
    variants |= {one.replace("server.py{}.", "server.py.") for one in variants}
    assert variants & SHAPES or CYRILLIC.search(in_russian(text)), f"{file}: add it to start_errors.ru.txt"


@pytest.mark.parametrize("english", CATALOGUE)
def test_the_parts_are_the_same_in_both_languages(english: str) -> None:
    """Each once; options, variables and commands aren't translated."""
    russian = CATALOGUE[english]
    assert sorted(PART.findall(english)) == sorted(PART.findall(russian))
    for pattern in (r"--[a-z-]+", r"WSCHAT_\w+", r"\b[A-Z]{4,}\b", r"ulimit -n \d+"):
        assert sorted(re.findall(pattern, english)) == sorted(re.findall(pattern, russian))


def test_each_sentence_is_there_once() -> None:
    """The second would silently replace the first."""
    text = (ROOT / "wschat/app/start_errors.ru.txt").read_text(encoding="utf-8")
    english = [block.partition("\n= ")[0] for block in text.strip().split("\n\n")]
    assert len(english) == len(set(english))


def test_parts_are_translated_too() -> None:
    """A reason within a sentence, and the advice behind it."""
    text = "Could not listen on port 80 of localhost: only root may use it.\nChoose another port: --port 8888"
    assert in_russian(text) == (
        "Не удалось открыть порт 80 на localhost: он доступен только root.\nВыберите другой порт: --port 8888"
    )
    assert in_russian(text.replace("Choose another port: --port 8888", "Choose another address: --metrics")) == (
        "Не удалось открыть порт 80 на localhost: он доступен только root.\nВыберите другой адрес: --metrics"
    )
    assert in_russian("Could not read /x: Permission denied.") == "Не удалось прочитать /x: нет прав."
    assert in_russian("something else: {odd}") == "something else: {odd}"


OF_FILES = "ENOENT EACCES EPERM ENOTDIR EISDIR EEXIST ENAMETOOLONG ELOOP EROFS ENOSPC EDQUOT EIO EMFILE ENOMEM"
OF_SOCKETS = "ECONNREFUSED ECONNRESET ETIMEDOUT ENETUNREACH EHOSTUNREACH"


@pytest.mark.parametrize("name", [*OF_FILES.split(), *OF_SOCKETS.split()])
def test_the_words_of_the_system_are_in_russian(name: str) -> None:
    """Those that a start may meet, at files and at sockets; also among several, of the nodes of a cluster."""
    text = os.strerror(getattr(errno, name))
    assert CYRILLIC.search(in_russian(text))
    several = f"no sentinel answers (a.example:1: {text}; b.example:2: {text})"
    assert text not in in_russian(several)


@pytest.mark.parametrize("name", ["", "x" * 33, "a\u0301\u0301\u0301\u0301", "\u0301a", "a\u2800b", "\u202ea"])
def test_what_is_wrong_with_a_reserved_name_is_in_russian(name: str) -> None:
    """Clients get these words in English, since they have a language of their own."""
    with pytest.raises(Refused) as refused:
        person_name(name)
    assert CYRILLIC.search(in_russian(f"--reserved-names: {refused.value}."))


def test_at_a_terminal_the_start_is_in_russian(tmp_path: Path) -> None:
    """By default, as the page; not where LANG is `en`."""
    words = ["--redis", "embedded", "--data", str(tmp_path), "--port", str(free_port())]
    assert f"\nСервер запущен: http://localhost:{words[-1]}\n" in at_a_terminal(*words)
    assert f"\nServer started at http://localhost:{words[-1]}\n" in at_a_terminal(*words, WSCHAT_LANG="en")


@pytest.mark.parametrize(
    ("words", "environment", "sentence"),
    [
        (
            ["--redis", "redis://127.0.0.1:1", "--host", "nowhere.invalid"],
            {},
            "Не удалось открыть порт 8888 на nowhere",
        ),
        (["--port", "x"], {}, "Неверное значение, --port: 'x': не целое число."),
        (["--port", "x", "--lang", "en"], {}, "Invalid value for --port"),
        (["--post-rate", "x"], {}, "Неверное значение, --post-rate: 'x': не число."),
        (["--data", "~nobody-of-this-name/x"], {}, "/x': домашняя папка для ~ неизвестна; напишите путь целиком."),
        (["--prot", "1"], {}, "Нет такого параметра: '--prot'. Может быть"),
        ([], {"WSCHAT_TLS_CERT": "x"}, "WSCHAT_TLS_CERT задан, а --tls-key нет: нужны оба."),
    ],
)
def test_at_a_terminal_start_errors_are_in_russian(
    words: list[str], environment: dict[str, str], sentence: str
) -> None:
    """Those of the settings, which click finds, and those of the server."""
    assert sentence in at_a_terminal(*words, **environment)


NONSENSE = [
    *("", "?", "-1", "1.5", "nan", "a/b", "\u200b", "x" * 200, "http://", "a,b c", "[::1", "/nowhere/file"),
    *("redis://h:port", "redis+cluster://a@b@c"),
]
ENGLISH = re.compile(r"(?<![-'/.])\b[a-z]{3,}(?:;? [A-Za-z]{2,}){2,}")  # three words in a row are a sentence


@pytest.mark.parametrize("name", SETTINGS)
def test_nothing_is_left_in_english_whatever_a_setting_is(name: str) -> None:
    """The reasons behind a sentence, too: those of click and of rooms."""
    for value in NONSENSE:
        message = _refusal([f"--{option_name(name)}={value}"])
        assert not ENGLISH.search(in_russian(message)), message
    assert not re.search(r": не [a-z]", in_russian(_refusal([f"--{option_name(name)}=x"])))


@pytest.mark.parametrize(
    "words", [["x"], ["x", "y"], ["--version=1"], ["--po", "1"], ["--nothing"], ["--port"], ["-x"]]
)
def test_nothing_is_left_in_english_whatever_the_command_line_is(words: list[str]) -> None:
    """The errors are Russian even for words that click can't parse as options."""
    message = _refusal(words)
    assert CYRILLIC.search(in_russian(message)), message
    assert not ENGLISH.search(in_russian(message))


@pytest.mark.parametrize("name", ["\u200b", "x" * 33, "\u0301a", "e" + "\u0301" * 9, "a\u115f", "\ufffe"])
def test_a_name_that_cannot_be_reserved_is_named_in_russian(name: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(Refused) as refused:
        Access(["Admin", name])
    message = in_russian(f"RESERVED_NAMES in server.py: {refused.value}.")
    assert message.startswith(f"RESERVED_NAMES в server.py: {name!r}: ")
    assert CYRILLIC.search(message.rpartition(":")[2])


def _refusal(words: list[str]) -> str:
    """Why the settings can't be read; empty where they can."""
    try:
        command_line(defaults(), ROOT, lambda settings: None).main(words, standalone_mode=False)
    except click.UsageError as problem:
        return problem.format_message()
    return ""


def test_programs_and_json_get_english() -> None:
    """Programs that read a pipe look for the English words."""
    done = subprocess.run(
        [sys.executable, "server.py", "--port", "x"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "Error: Invalid value for --port" in done.stderr
    assert '"message":"Invalid value for --port' in at_a_terminal("--log-format", "json", "--port", "x")


def test_the_catalogue_is_read_only_for_an_error() -> None:
    """The start stays as fast as it was."""
    code = "import sys, wschat.app.start, wschat.app.standalone; print('wschat.app.russian' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
