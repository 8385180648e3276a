"""Which part of the program knows which, and how its files and types are named."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import wschat

from .sources import nodes_of, tree_of

PACKAGE = Path(wschat.__file__).parent
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "wschat."))
TOP_FOLDERS = ("wschat", "tests", "bench", "tools")
JSON_NAMES = {"json", "json_encode", "json_decode"}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, ours by their first name below the package."""
    for node in nodes_of(path):
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
    docstrings = {id(node.value) for node in nodes_of(path) if isinstance(node, ast.Expr)}
    return any(_is_json(node) for node in nodes_of(path) if id(node) not in docstrings)


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
    for node in nodes_of(path):
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
    files = list(PACKAGE.rglob("*.py"))
    classes = [node.name for path in files for node in nodes_of(path) if isinstance(node, ast.ClassDef)]
    names = Counter(name for name in [*classes, *aliases(files)] if not name.startswith("_"))
    assert [name for name, count in names.items() if count > 1] == []


def aliases(files: list[Path]) -> Iterator[str]:
    """The type aliases of some modules: names in camel case for a type that another expression describes."""
    for node in (node for path in files for node in tree_of(path).body if isinstance(node, ast.Assign)):
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
        for node in tree_of(path).body:
            if isinstance(node, ast.ImportFrom):
                module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                if module.startswith(tuple(f"wschat.{name}." for name in packages - {own})):
                    past.add(module)
    assert past == {"wschat.config.redis_url"}  # it needs no click, which the face of `config` brings


def taken_from_packages(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of what a file imports, and of the attributes of modules that it imports whole."""
    package = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1])
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from ((module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"wschat.{node.value.id}", node.attr


def test_nothing_imports_a_test_module() -> None:
    """What several files need is in a helper module: a test module may be split, or renamed after its tests."""
    files = [path for top in TOP_FOLDERS for path in (PACKAGE.parent / top).rglob("*.py")]
    found = {f"{path.stem}: {name}" for path in files for name in words_of_imports(path) if name.startswith("test_")}
    assert found == set()


def words_of_imports(path: Path) -> Iterator[str]:
    """The names in a file's imports: those of packages, of modules, and of what is taken from them."""
    for node in nodes_of(path):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (word for alias in node.names for word in alias.name.split("."))
        if isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")


def test_there_is_no_stand_in_for_redis() -> None:
    """Neither the program nor its tests have one: tests use a real one, as users do."""
    files = [*PACKAGE.rglob("*.py"), *Path(__file__).parents[1].rglob("*.py")]
    libraries = {name.split(".")[0] for path in files for name in imports(path)}
    assert "redis" in libraries
    assert not libraries & {"fakeredis", "mockredis", "birdisle"}
