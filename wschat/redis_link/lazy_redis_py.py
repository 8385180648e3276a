"""Makes imports of redis-py load only the modules that are used. It must be imported before any module of redis-py.

Python runs the `__init__` of a package before any module within it, and redis-py's import everything that it has. The
chat only needs its connections: without the rest, the imports take a third less time and half of the memory
(docs/decisions/0026).
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


class _LazyPackage(ModuleType):
    """Runs its `__init__` at the first access to a name that is none of its modules."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in ("__version__", "__all__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        module = f"{self.__name__}.{name}"
        if importlib.util.find_spec(module):  # `__init__` would import it again in the middle of its own import
            return importlib.import_module(module)
        outer = sys.modules.get(self.__name__.rpartition(".")[0])
        for package in (outer, self):  # the outer one first, as in an import: their modules import each other
            if isinstance(package, _LazyPackage):
                _run(package)
        return getattr(self, name)


def _run(package: ModuleType) -> None:
    package.__class__ = ModuleType  # an access meanwhile finds the names that exist by then
    assert package.__spec__ is not None
    assert package.__spec__.loader is not None
    package.__spec__.loader.exec_module(package)


def _make_lazy(name: str) -> None:
    """Import the package without running its `__init__` yet. Raises ModuleNotFoundError."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.modules[name] = package = importlib.util.module_from_spec(spec)
    package.__class__ = _LazyPackage
    outer, _, last = name.rpartition(".")
    if outer:
        setattr(sys.modules[outer], last, package)


_make_lazy("importlib.metadata")  # redis-py takes its version from there, which is hardly ever asked for
_make_lazy("redis")
_make_lazy("redis.asyncio")
