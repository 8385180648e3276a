"""Invariants of the whole program: nothing is kept where two servers would share it, or after its session."""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import logging
import pkgutil
import re
import struct
import types
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import click
import pytest
from redis.asyncio.retry import Retry
from redis.retry import Retry as RetryNow

import wschat
from wschat import errors
from wschat.fan_out import text_frame
from wschat.session import Session
from wschat.session.join import Join

from ..support import Nodes, join
from ..support.room import until
from .sources import nodes_of

PACKAGE = Path(wschat.__file__).parent
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "wschat."))
MUTABLE = (list, set, bytearray, dict)
UNCHANGING = (type, tuple, types.FunctionType, click.ParamType, click.Command, Retry, RetryNow, struct.Struct)
UNCHANGING_FROM = {
    "builtins", "__future__", "typing", "types", "collections.abc", "_contextvars", "functools", "re", "pathlib",
    "ipaddress", "logging", "msgspec", "msgspec.json",
}  # fmt: skip
STATE = {("wschat.model", "_random"), ("wschat.moderation.passwords", "MAKING")}  # as docs/architecture.md says


def test_every_file_beside_the_modules_is_packaged() -> None:
    """A script that is left out would only be missed where the package is installed."""
    listed = re.search(
        r"^package-data\.wschat = \[(.*)\]", (PACKAGE.parent / "pyproject.toml").read_text("utf-8"), re.M
    )
    assert listed is not None
    packaged = {path for pattern in re.findall(r'"(.+?)"', listed[1]) for path in PACKAGE.glob(pattern)}
    files = {path for path in PACKAGE.rglob("*.*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert packaged == files


def attributes(package: str) -> set[str]:
    """The names after a dot in the code of a package."""
    files = (PACKAGE / package).rglob("*.py")
    return {node.attr for path in files for node in nodes_of(path) if isinstance(node, ast.Attribute)}


def test_a_session_leaves_it_to_the_room_who_is_in_it() -> None:
    """It reads the feed and asks for changes and acts; the people and the members are the room's own."""
    own = {"presence", "roster", "occupants", "audience"}
    assert own <= attributes("room")
    assert not own & attributes("session")


def test_errors_lists_all_errors() -> None:
    """The docstring of errors.py names each exception of the chat, also those that only one package raises."""
    bases = {"ChatError"}
    classes = [node for path in PACKAGE.rglob("*.py") for node in nodes_of(path) if isinstance(node, ast.ClassDef)]
    while found := {
        one.name
        for one in classes
        if one.name not in bases and any(isinstance(base, ast.Name) and base.id in bases for base in one.bases)
    }:
        bases |= found
    assert len(bases) > 10
    assert not bases - set(re.findall(r"\w+", errors.__doc__ or ""))


def constants(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in vars(module).items():
        if not name.startswith("__") and getattr(value, "__module__", module.__name__) == module.__name__:
            yield name, value


def may_change(value: object) -> bool:
    """Whether a value is of a type that isn't known to stay as it is. Builtins count as known: see MUTABLE."""
    return not isinstance(value, UNCHANGING) and type(value).__module__ not in UNCHANGING_FROM


@pytest.mark.parametrize("name", MODULES)
def test_no_module_holds_state(name: str) -> None:
    """Each list, set or dict in a module is a constant table that no code changes, and other values can't change."""
    module = importlib.import_module(name)
    for constant, value in constants(module):
        if isinstance(value, MUTABLE):
            assert constant.strip("_").replace("_", "").isupper() or constant in ("_names",), constant
    own = {constant for constant, value in vars(module).items() if not constant.startswith("__") and may_change(value)}
    assert own == {constant for place, constant in STATE if place == name}
    assert not [node for node in nodes_of(Path(str(module.__file__))) if isinstance(node, ast.Global)]


@pytest.mark.parametrize("name", MODULES)
def test_no_class_holds_state_for_all_its_instances(name: str) -> None:
    """A registry in a class is module state under another name."""
    for _, value in constants(importlib.import_module(name)):
        if isinstance(value, type) and not issubclass(value, Enum):
            shared = {
                key for key, held in vars(value).items() if isinstance(held, MUTABLE) and not key.startswith("__")
            }
            assert shared <= {"_field_defaults"}  # a NamedTuple's own


async def test_running_nodes_changes_no_table(nodes: Nodes) -> None:
    """After two nodes have run and people have talked, every module's tables are unchanged."""
    before = _tables()
    await nodes.start(2)
    ann, bob = await nodes.join("Ann", "Bob")
    await ann.posts("x")
    await bob.hears("x")
    assert _tables() == before


def _tables() -> dict[str, str]:
    return {
        f"{name}.{constant}": repr(value)
        for name in MODULES
        for constant, value in constants(importlib.import_module(name))
        if isinstance(value, MUTABLE)
    }


async def test_the_fan_out_encodes_nothing(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is encoded as one frame, however many people receive it."""
    made: list[bytes] = []
    feed = importlib.import_module("wschat.broker.feed")

    def noted(data: bytes) -> bytes:
        made.append(data)
        return text_frame(data)

    monkeypatch.setattr(feed, "text_frame", noted)
    people = await node.join(*(f"P{number}" for number in range(10)))
    await people[0].posts("to all")
    for person in people:
        assert await person.hears("to all")
    assert len(made) == 1


@pytest.mark.parametrize("token", ["", "no token", "anna.awc5zg.E33XDpUUk6AgA-qTDb6v8sewg_uZ2GCYaeiRTYCe6P"])
@pytest.mark.parametrize("later", [False, True])
async def test_a_session_that_has_ended_leaves_nothing(
    token: str, later: bool, node: Nodes, no_gc: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the room nor the edge keeps it, and its objects are freed without a garbage collection.

    `later`: it joined when Redis had answered.
    """
    tries = iter([not later])
    at_once = Join.try_now
    monkeypatch.setattr(Join, "try_now", lambda it: next(tries, True) and at_once(it))
    before = sessions()
    ann = await join(node.ws(), "Ann", token=token)
    edge, rooms = node.nodes[0].edge, node.nodes[0].rooms
    await ann.leaves()
    await until(lambda: not edge.sessions)
    assert not rooms.open("chat").audience
    await until(lambda: not sessions() - before)


@pytest.fixture
def no_gc() -> Iterator[None]:
    """Only reference counts free anything meanwhile."""
    gc.collect()  # what nodes that other tests stopped have left
    gc.disable()
    yield
    gc.enable()


def sessions() -> set[int]:
    """The sessions that there are in this process, by their identity."""
    return {id(one) for one in gc.get_objects() if type(one) is Session}


def facts_of_log_lines(path: Path) -> Iterator[str]:
    """The keys of all dictionaries in functions that log with `extra`."""
    for function in nodes_of(path):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        nodes = list(ast.walk(function))
        if any(isinstance(node, ast.keyword) and node.arg == "extra" for node in nodes):
            keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
            yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def test_no_fact_of_a_log_line_has_a_name_of_loggings_own() -> None:
    """Such a line raises KeyError, and ends whatever it was about."""
    own = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
    files = list(PACKAGE.rglob("*.py"))
    assert any("address" in facts_of_log_lines(path) for path in files)
    assert not [(path.name, name) for path in files for name in facts_of_log_lines(path) if name in own]
