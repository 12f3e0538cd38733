"""How the house is built, in figures: `python tools/house.py`, one table of core and daemon.

Its exit code is 1 where a figure is over its limit, so that `make check` fails.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = {"core": ROOT / "core", "daemon": ROOT / "daemon"}
MOST_FILES_A_FOLDER = 14
MOST_LINES_A_FILE = 300
MOST_ARGUMENTS = 6
MOST_FILES = 300
MOST_NEXT_DOOR = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `where` names what is counted, `most` is its limit."""

    name: str
    count: int
    most: int | None = None
    where: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """One file with code in it."""

    name: str
    path: Path
    source: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """Lines that are not blank."""
        return sum(1 for line in self.source.splitlines() if line.strip())

    @property
    def room(self) -> str:
        """The package it stands in."""
        return self.name.rpartition(".")[0]


def modules(folder: Path) -> list[Module]:
    """Every file below a source folder that is not empty."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        source = path.read_text()
        if source.strip():
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found.append(Module(name, path, source, ast.parse(source)))
    return found


def wide_functions(module: Module) -> Iterator[str]:
    """Functions that take more than six arguments, self and cls not counted."""
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = [argument.arg for argument in taken if argument.arg not in ("self", "cls")]
            if len(names) > MOST_ARGUMENTS and not _is_command(node):
                yield f"{module.name}.{node.name} ({len(names)})"


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether click hands the arguments over, one an option: nobody else calls such a function."""
    return any("command" in ast.unparse(decorator) for decorator in node.decorator_list)


def takes_state(module: Module) -> int:
    """How many functions are handed the state."""
    return sum(
        any(argument.arg == "state" for argument in [*node.args.args, *node.args.kwonlyargs])
        for node in ast.walk(module.tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def importers(found: list[Module]) -> dict[str, set[str]]:
    """Of each module, the modules that import it."""
    known = {module.name for module in found}
    by_module: dict[str, set[str]] = defaultdict(set)
    for module in found:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                if name in known and name != module.name:
                    by_module[name].add(module.name)
    return by_module


def only_next_door(found: list[Module]) -> list[str]:
    """Modules with exactly one importer, which stands in the same room: it may hold them."""
    by_module = importers(found)
    single = []
    for module in found:
        users = by_module[module.name]
        if len(users) == 1 and next(iter(users)).rpartition(".")[0] == module.room:
            single.append(module.name)
    return single


def figures(found: list[Module]) -> list[Figure]:
    """Every figure of the house, in the order of the table."""
    folders = Counter(module.path.parent for module in found if module.path.name != "__init__.py")
    crowded = [
        f"{folder.relative_to(ROOT)} ({count})"
        for folder, count in folders.items()
        if count > MOST_FILES_A_FOLDER
    ]
    long = [
        f"{module.name} ({count})"
        for module in found
        if (count := len(module.source.splitlines())) > MOST_LINES_A_FILE
    ]
    wide = [words for module in found for words in wide_functions(module)]
    single = only_next_door(found)
    return [
        Figure("files", len(found), MOST_FILES),
        Figure("lines that are not blank", sum(module.lines for module in found)),
        Figure("folders", len(folders)),
        Figure(_more("folders", MOST_FILES_A_FOLDER, "files"), len(crowded), 0, crowded),
        Figure(_more("files", MOST_LINES_A_FILE, "lines"), len(long), 0, long),
        Figure(_more("functions", MOST_ARGUMENTS, "arguments"), len(wide), 0, wide),
        Figure("modules with one importer, next door", len(single), MOST_NEXT_DOOR, single),
        Figure("functions that take the state", sum(map(takes_state, found))),
    ]


def main() -> int:
    """Print the table, with --all also every name behind it; 1 where a figure is over its limit."""
    table = figures([module for folder in SOURCES.values() for module in modules(folder)])
    width = max(len(figure.name) for figure in table)
    for figure in table:
        line = f"{figure.name:<{width}}  {figure.count:>7,}  {_some(figure.where)}"
        sys.stdout.write(line.rstrip() + "\n")
    if "--all" in sys.argv[1:]:
        sys.stdout.write("\n".join(["", *(name for each in table for name in each.where), ""]))
    over = [figure for figure in table if figure.most is not None and figure.count > figure.most]
    for figure in over:
        sys.stderr.write(
            f"{figure.name}: {figure.count}, at most {figure.most}; --all names them\n"
        )
    return 1 if over else 0


def _more(what: str, most: int, unit: str) -> str:
    """A number and its unit hold together, so that a script finds the figure in its column."""
    return f"{what} of more than {most}\N{NO-BREAK SPACE}{unit}"


def _some(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown}, …" if len(names) > most else shown


if __name__ == "__main__":
    sys.exit(main())
