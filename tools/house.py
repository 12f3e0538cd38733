"""How the house is built, in figures: `python tools/house.py`, one table of core and daemon."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = {"core": ROOT / "core", "daemon": ROOT / "daemon"}
MOST_FILES_A_FOLDER = 14
MOST_LINES_A_FILE = 300
MOST_ARGUMENTS = 6


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


def main() -> int:
    """Print the table; with --all also every name that lies over a limit."""
    found = [module for folder in SOURCES.values() for module in modules(folder)]
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
    rows = [
        ("files", str(len(found)), ""),
        ("lines that are not blank", f"{sum(module.lines for module in found):,}", ""),
        ("folders", str(len(folders)), ""),
        (f"folders of more than {MOST_FILES_A_FOLDER} files", str(len(crowded)), _some(crowded)),
        (f"files of more than {MOST_LINES_A_FILE} lines", str(len(long)), _some(long)),
        (f"functions of more than {MOST_ARGUMENTS} arguments", str(len(wide)), _some(wide)),
        ("modules with one importer, next door", str(len(single)), _some(single)),
        ("functions that take the state", str(sum(map(takes_state, found))), ""),
    ]
    width = max(len(row[0]) for row in rows)
    for name, figure, words in rows:
        sys.stdout.write(f"{name:<{width}}  {figure:>7}  {words}".rstrip() + "\n")
    if "--all" in sys.argv[1:]:
        sys.stdout.write("\n".join(["", *crowded, *long, *wide, *single, ""]))
    return 0


def _some(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown}, …" if len(names) > most else shown


if __name__ == "__main__":
    sys.exit(main())
