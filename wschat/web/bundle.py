"""Joins the page's modules into a few files, so that a browser needs few requests.

A bundle has its entry's address and holds the entry with everything that it imports. Each module is a block, which
stores its exports in a table; an import from a bundled module, in any file, reads that table. So a module runs once,
and modules that are loaded later get the same instances. Comments that fill whole lines are left out, but lines stay
lines, and a source map leads from a bundle to its sources. The reasons, and the rules for modules:
docs/decisions/0019-bundles.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, partial
from posixpath import dirname, join, normpath, relpath

from msgspec import Struct
from tornado.escape import json_encode

TABLE = "$modules"
# These begin with a newline, since patterns that begin with ^ take ten times as long.
IMPORT = re.compile(r'\nimport (?:(\{[^}]*\}|\* as \w+) from )?"(\.[^"]+)";(?=\n)')
EXPORT = re.compile(r"\nexport (?=(?:(?:async )?function\*?|class|const) (\w+))")
DYNAMIC_IMPORT = re.compile(r'import\("(\.[^"]+)"\)')
COMMENT = re.compile(r"\n[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/[ \t]*|//[^\n]*)(?=\n)")
STATEMENT = re.compile(r"\n((?:import|export) (?!\{\};\n).*)")
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
RENAMED = re.compile(r"(\w+) as (\w+)")


class Module(Struct, frozen=True, dict=True):
    """A source file. `name` is a path below `static/`: `js/views/list.js`; `text` begins with an additional newline."""

    name: str
    text: str

    def check(self) -> None:
        """Raise ValueError if an import or export has another form than IMPORT and EXPORT."""
        if rest := STATEMENT.search(IMPORT.sub("", EXPORT.sub("\n", self.text))):
            raise ValueError(f"{self.name}: a bundle can't hold `{rest[1]}`")

    @cached_property
    def exports(self) -> list[str]:
        return EXPORT.findall(self.text)

    @cached_property
    def imports(self) -> list[str]:
        """The modules that run before this one."""
        return [self.path_of(found[2]) for found in IMPORT.finditer(self.text)]

    def path_of(self, address: str) -> str:
        return _path_of(dirname(self.name), address)


def bundle(sources: Mapping[str, str], entries: Iterable[str]) -> dict[str, str]:
    """The files to serve instead of `sources`: a bundle and its source map for each entry, and all other modules.

    `sources` has all modules below `js/`; a module elsewhere is a library and stays a file of its own. When an entry is
    loaded, the ones before it must have been. Raises ValueError for modules that can't be bundled.
    """
    return _Bundler(sources).bundle(list(entries))


class _Bundler:
    def __init__(self, sources: Mapping[str, str]) -> None:
        self._modules = {name: Module(name, f"\n{text}") for name, text in sources.items()}
        self._bundle_of: dict[str, str] = {}
        self._entries: list[str] = []

    def bundle(self, entries: list[str]) -> dict[str, str]:
        for module in self._modules.values():
            module.check()
        contents = {}
        for entry in entries:
            contents[entry] = self._order(entry)
            self._bundle_of |= dict.fromkeys(contents[entry], entry)
            self._entries.append(entry)
        served = {name: self._alone(module) for name, module in self._modules.items() if name not in self._bundle_of}
        for entry, names in contents.items():
            served |= self._file(entry, names)
        return served

    def _order(self, entry: str) -> list[str]:
        """The entry and the modules that it needs, each after its own imports, without those already in a bundle."""
        ordered: dict[str, None] = {}
        pending: list[str] = []

        def visit(name: str) -> None:
            if name in pending:
                raise ValueError(f"{' → '.join(pending)} → {name}: modules that import each other can't be bundled")
            if name in ordered or name in self._bundle_of:
                return
            pending.append(name)
            for imported in () if is_library(name) else self._modules[name].imports:
                visit(imported)
            pending.pop()
            ordered[name] = None

        visit(entry)
        return list(ordered)

    def _file(self, entry: str, names: list[str]) -> dict[str, str]:
        modules = [self._modules[name] for name in names if not is_library(name)]
        libraries = [name for name in names if is_library(name)]
        blocks = [self._block(module, entry) for module in modules]
        exports = ", ".join(self._modules[entry].exports)
        parts = [
            self._head(entry, libraries),
            *blocks,
            f'export const {{ {exports} }} = {TABLE}["{entry}"];\n' if exports else "",
            f"//# sourceMappingURL={entry.rsplit('/')[-1]}.map\n",
        ]
        return {entry: "".join(parts), f"{entry}.map": _source_map(modules, dirname(entry))}

    def _head(self, entry: str, libraries: list[str]) -> str:
        """The first line of a bundle: the table, which the first bundle creates, with the libraries."""
        before = self._entries[: self._entries.index(entry)]
        table = f"import {{ {TABLE} }} from {_address(entry, before[-1])};" if before else f"const {TABLE} = {{}};"
        parts = [table, f"export {{ {TABLE} }};"]
        for number, name in enumerate(libraries):
            parts.append(f'import * as ${number} from {_address(entry, name)}; {TABLE}["{name}"] = ${number};')
        return " ".join(parts) + "\n"

    def _block(self, module: Module, entry: str) -> str:
        body = EXPORT.sub("\n", self._linked(module, entry))
        if module.name != entry:
            body = body.replace("import.meta.url", f"new URL({_address(entry, module.name)}, import.meta.url).href")
        return f'{{ // {module.name}{body}{TABLE}["{module.name}"] = {{ {", ".join(module.exports)} }}; }}\n'

    def _alone(self, module: Module) -> str:
        """The text of a module that isn't bundled, with the table in its first line if it imports from a bundle."""
        linked = self._linked(module, module.name)
        used = {self._bundle_of[name] for name in module.imports if name in self._bundle_of}
        if not used:
            return linked[1:]
        last = max(used, key=self._entries.index)
        return f"import {{ {TABLE} }} from {_address(module.name, last)}; {linked[1:]}"

    def _linked(self, module: Module, file: str) -> str:
        """The text as it is served in `file`, with its imports from bundled modules read from the table."""
        code = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), module.text)
        text = IMPORT.sub(partial(self._static_import, module), code)
        return DYNAMIC_IMPORT.sub(partial(self._dynamic_import, module, file), text)

    def _static_import(self, module: Module, found: re.Match[str]) -> str:
        name = module.path_of(found[2])
        if name not in self._bundle_of:
            return found[0]
        names = RENAMED.sub(r"\1: \2", (found[1] or "").removeprefix("* as "))
        return f'\nconst {names} = {TABLE}["{name}"];' if names else "\n"

    def _dynamic_import(self, module: Module, file: str, found: re.Match[str]) -> str:
        name = module.path_of(found[1])
        holder = self._bundle_of.get(name, name)
        loaded = f"import({_address(file, holder)})"
        return loaded if holder == name else f'{loaded}.then(({{ {TABLE} }}) => {TABLE}["{name}"])'


def is_library(name: str) -> bool:
    return not name.startswith("js/")


@cache  # for the same few arguments over and over, which took a fifth of the bundling
def _path_of(folder: str, address: str) -> str:
    return normpath(join(folder, address))


@cache
def _relative(name: str, folder: str) -> str:
    return relpath(name, folder)


def _address(file: str, name: str) -> str:
    """The address of a module as seen from `file`, in quotes."""
    path = _relative(name, dirname(file))
    return f'"{path if path.startswith(".") else f"./{path}"}"'


def _source_map(modules: list[Module], folder: str) -> str:
    """The source map of a bundle: the module and line of each of its lines (ECMA-426), and the modules' texts."""
    mappings = [""]  # the head
    last = 0
    for index, module in enumerate(modules):
        lines = module.text.count("\n") - 1
        first = f"A{_vlq(1 if index else 0)}{_vlq(-last)}A"
        mappings += ["", first, *["AACA"] * (lines - 1), ""]
        last = lines - 1
    return json_encode(
        {
            "version": 3,
            "sources": [_relative(module.name, folder) for module in modules],
            "sourcesContent": [module.text[1:] for module in modules],
            "mappings": ";".join(mappings),
        }
    )


def _vlq(value: int) -> str:
    """A number in the form of source maps: five bits per letter, the lowest first, after the sign."""
    rest = abs(value) << 1 | (value < 0)
    letters = ""
    while True:
        rest, bits = rest >> 5, rest & 31
        letters += BASE64[bits | (32 if rest else 0)]
        if not rest:
            return letters
