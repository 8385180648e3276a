"""Invariants of the whole program: which part knows what, and that nothing is kept where two servers would share it."""

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
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from graphlib import TopologicalSorter
from pathlib import Path

import click
import pytest
from redis.asyncio.retry import Retry
from redis.retry import Retry as RetryNow

import wschat
from wschat.frames import text_frame
from wschat.session import Session
from wschat.session.join import Join

from ..support import Nodes, join
from ..support.room import until

PACKAGE = Path(wschat.__file__).parent
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "wschat."))
MUTABLE = (list, set, bytearray, dict)
UNCHANGING = (type, tuple, types.FunctionType, click.ParamType, click.Command, Retry, RetryNow, struct.Struct)
UNCHANGING_FROM = {
    "builtins", "__future__", "typing", "types", "collections.abc", "_contextvars", "functools", "re", "pathlib",
    "ipaddress", "logging", "msgspec", "msgspec.json",
}  # fmt: skip
STATE = {("wschat.model", "_random"), ("wschat.moderation.passwords", "MAKING")}  # as docs/architecture.md says
TOP_FOLDERS = ("wschat", "tests", "bench", "tools")
JSON_NAMES = {"json", "json_encode", "json_decode"}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, ours by their first name below the package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def users_of(library: str) -> set[str]:
    """The parts of the package that import it."""
    return {
        path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for path in PACKAGE.rglob("*.py")
        if any(name.split(".")[0] == library for name in imports(path))
    }


def test_only_the_edge_and_the_wiring_know_tornado() -> None:
    """A session works over anything that carries frames."""
    assert users_of("tornado") <= {"web", "app"}


def test_only_the_link_knows_redis_py() -> None:
    """All others send calls over it."""
    assert users_of("redis") == {"redis_link"}


def test_only_the_protocol_knows_json() -> None:
    """All other modules pass bytes on, except for files of their own: a backup, the server's log, a source map."""
    own_files = {"admin/archive.py", "app/logs.py", "web/bundle.py"}
    users = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if knows_json(path)}
    assert {path.as_posix() for path in users if path.parts[0] != "protocol"} == own_files


def knows_json(path: Path) -> bool:
    """Whether a file uses a JSON library (json, msgspec's, Tornado's), or has JSON in a string."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return any(_is_json(node) for node in ast.walk(tree) if id(node) not in docstrings)


def _is_json(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[-1] == "json" for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        library = (node.module or "").split(".") if not node.level else []
        return "json" in library or any(alias.name in JSON_NAMES for alias in node.names)
    if isinstance(node, ast.Attribute):
        return node.attr == "json" and isinstance(node.value, ast.Name) and node.value.id == "msgspec"
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        text = node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
        return re.search(r'[{,]"\w+":', text) is not None
    return False


def test_no_modules_import_each_other() -> None:
    """The graph of all imports can be sorted, including imports for type checkers."""
    graph = {name: imported_by(name) for name in MODULES}
    list(TopologicalSorter(graph).static_order())


def imported_by(name: str) -> set[str]:
    """The modules of this package that `name` imports."""
    package = importlib.import_module(name).__package__ or ""
    path = Path(str(importlib.import_module(name).__file__))
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            candidates = {f"{base}.{alias.name}" for alias in node.names}
            found |= (candidates & set(MODULES)) or {base}
    return found - {name}


def test_nothing_imports_the_file_that_is_started() -> None:
    """It would run twice and freeze the settings."""
    assert not users_of("server")


def test_no_two_files_have_the_same_name() -> None:
    """Tracebacks and an editor's tabs show the name, and hardly the folder."""
    names = Counter(path.name for path in PACKAGE.rglob("*.*") if path.is_file() and path.suffix != ".pyc")
    assert [name for name, count in names.items() if count > 1] == ["__init__.py"]


def test_no_two_public_types_have_the_same_name() -> None:
    """An import would have to rename one of them, whether they are classes or aliases."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]
    classes = [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = Counter(name for name in [*classes, *aliases(trees)] if not name.startswith("_"))
    assert [name for name, count in names.items() if count > 1] == []


def aliases(trees: list[ast.Module]) -> Iterator[str]:
    """The type aliases of some modules: names in camel case for a type that another expression describes."""
    for node in (node for tree in trees for node in tree.body if isinstance(node, ast.Assign)):
        for target in node.targets:
            is_type = isinstance(node.value, (ast.Subscript, ast.BinOp, ast.Name, ast.Attribute))
            if is_type and isinstance(target, ast.Name) and re.fullmatch(r"_*[A-Z]\w*[a-z]\w*", target.id):
                yield target.id


def test_packages_export_only_what_others_import() -> None:
    """A name in `__all__` that nobody else imports, and no test, is no part of what the package is for."""
    root = PACKAGE.parent
    sources = [root / "server.py", *(path for top in TOP_FOLDERS for path in (root / top).rglob("*.py"))]
    taken = {name for path in sources for name in taken_from_packages(path)}
    unused = {
        f"{name}.{export}"
        for name in (f"wschat.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py"))
        for export in getattr(importlib.import_module(name), "__all__", ())
        if (name, export) not in taken
    }
    assert unused == set()


def test_packages_are_imported_from_their_faces() -> None:
    """What another package needs is in `__all__`. An import within a function may go past that: it avoids a cost."""
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    past = set()
    for path in PACKAGE.glob("*/**/*.py"):
        own, package = path.relative_to(PACKAGE).parts[0], ".".join(path.relative_to(PACKAGE.parent).parts[:-1])
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                if module.startswith(tuple(f"wschat.{name}." for name in packages - {own})):
                    past.add(module)
    assert past == {"wschat.config.redis_url"}  # it needs no click, which the face of `config` brings


def taken_from_packages(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of what a file imports, and of the attributes of modules that it imports whole."""
    package = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1])
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from ((module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"wschat.{node.value.id}", node.attr


def test_every_file_beside_the_modules_is_packaged() -> None:
    """A script that is left out would only be missed where the package is installed."""
    listed = re.search(
        r"^package-data\.wschat = \[(.*)\]", (PACKAGE.parent / "pyproject.toml").read_text("utf-8"), re.M
    )
    assert listed is not None
    packaged = {path for pattern in re.findall(r'"(.+?)"', listed[1]) for path in PACKAGE.glob(pattern)}
    files = {path for path in PACKAGE.rglob("*.*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert packaged == files


def test_there_is_no_stand_in_for_redis() -> None:
    """Neither the program nor its tests have one: tests use a real one, as users do."""
    files = [*PACKAGE.rglob("*.py"), *Path(__file__).parents[1].rglob("*.py")]
    libraries = {name.split(".")[0] for path in files for name in imports(path)}
    assert "redis" in libraries
    assert not libraries & {"fakeredis", "mockredis", "birdisle"}


def attributes(package: str) -> set[str]:
    """The names after a dot in the code of a package."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (PACKAGE / package).rglob("*.py")]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_a_session_leaves_it_to_the_room_who_is_in_it() -> None:
    """It reads the feed and asks for changes and acts; the people and the members are the room's own."""
    own = {"presence", "roster", "occupants", "audience"}
    assert own <= attributes("room")
    assert not own & attributes("session")


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
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]


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
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
