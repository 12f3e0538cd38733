"""Where each key of a TOML text stands.

tomllib gives values without places. This walks the text a second time and notes the line of every
key, table and array element, so that a mistake can be shown where it was made. The text has
already been read by tomllib, so only valid TOML comes here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\s#]+(?: \d{2}:[^,\]}\s#]+)?")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INLINE_BLANK = re.compile(r"[ \t]*")
_STRING = re.compile(
    r"""(?s)"{3}(?:[^\\]|\\.)*?"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"""
)


class TomlLines:
    """The line of every path in a TOML text: `line(("playlist", 0, "from", 1))`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}
        self._walk()

    @property
    def lines(self) -> Mapping[Path, int]:
        """Every path found, with its line counted from 1."""
        return self._lines

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing around it; None for the whole text."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return None

    def _walk(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self._position < len(self._text):
            if self._text.startswith("[[", self._position):
                table = self._array_header()
            elif self._text[self._position] == "[":
                table = self._table_header()
            else:
                self._assignment(table)
            self._skip(_BLANK)

    def _array_header(self) -> Path:
        line = self._line_here()
        self._position += 2
        *parents, last = self._dotted_key()
        self._position += 2
        array = (*self._resolve(parents, line), last)
        index = self._tables.get(array, 0)
        self._tables[array] = index + 1
        self._lines.setdefault(array, line)
        element = (*array, index)
        self._lines[element] = line
        return element

    def _table_header(self) -> Path:
        line = self._line_here()
        self._position += 1
        keys = list(self._dotted_key())
        self._position += 1
        table = self._resolve(keys, line)
        # A header names its table: its line wins over one that only went through it.
        self._lines[table] = line
        return table

    def _resolve(self, keys: list[str], line: int) -> Path:
        """Follow keys from the top; at an array of tables that means its latest element."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            self._lines.setdefault(path, line)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return path

    def _assignment(self, table: Path) -> None:
        line = self._line_here()
        path = table
        for key in self._dotted_key():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._position += 1  # the equals sign
        self._skip(_INLINE_BLANK)
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self._text[self._position]
        if start in "\"'":
            self._skip(_STRING)
        elif start == "[":
            self._array(path)
        elif start == "{":
            self._inline_table(path)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._position += 1
        for index in self._elements("]"):
            self._lines[(*path, index)] = self._line_here()
            self._value((*path, index))

    def _inline_table(self, path: Path) -> None:
        self._position += 1
        for _ in self._elements("}"):
            self._assignment(path)

    def _elements(self, end: str) -> Iterator[int]:
        """Stand before each element in turn, until after the closing bracket."""
        index = 0
        self._skip(_BLANK)
        while self._text[self._position] != end:
            yield index
            index += 1
            self._skip(_BLANK)
            if self._text[self._position] == ",":
                self._position += 1
                self._skip(_BLANK)
        self._position += 1

    def _dotted_key(self) -> Iterator[str]:
        """The parts of a key, leaving the position behind it and the blanks that follow."""
        while True:
            self._skip(_INLINE_BLANK)
            if self._text[self._position] in "\"'":
                quoted = self._skip(_STRING)
                yield str(tomllib.loads(f"key = {quoted}")["key"])
            else:
                yield self._skip(_BARE_KEY)
            self._skip(_INLINE_BLANK)
            if self._text[self._position] != ".":
                return
            self._position += 1

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._position)
        if match is None:
            return ""
        self._position = match.end()
        return match.group()

    def _line_here(self) -> int:
        return self._text.count("\n", 0, self._position) + 1


def show_path(path: Path) -> str:
    """A path as people write it: `playlist[0].where.plays`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else f'"{part}"'
            shown += f".{name}" if shown else name
    return shown
