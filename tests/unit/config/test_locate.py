"""Where keys stand in a TOML text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segued.config.starter import toml_key, toml_value
from segued.config.toml.lines import TomlLines, show_path

TEXT = '''\
# a comment with [brackets] and key = "value"
title = "one"  # [not.a.table]
a.b."c d" = 1

[[playlist]]
name = "A"
from = ["liked", # why
  "albums",

  { any = ["plays"] },
]
[playlist.where]
text = """
[playlist]
name = "inside"
"""
other = 5
any = [ { year = "1990.." }, { energy = "0.5..", artist = 'x"y' } ]
[[playlist]]
name = "B"
where.energy = "..1"
date = 1979-05-27 07:32:00
[[playlist.inner]]
x = 1
[[playlist.inner]]
x = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("a", "b", "c d"), 3),
        (("playlist", 0), 5),
        (("playlist", 0, "name"), 6),
        (("playlist", 0, "from"), 7),
        (("playlist", 0, "from", 0), 7),
        (("playlist", 0, "from", 1), 8),
        (("playlist", 0, "from", 2, "any", 0), 10),
        (("playlist", 0, "where"), 12),
        (("playlist", 0, "where", "text"), 13),
        (("playlist", 0, "where", "other"), 17),
        (("playlist", 0, "where", "any", 1, "artist"), 18),
        (("playlist", 1), 19),
        (("playlist", 1, "where", "energy"), 21),
        (("playlist", 1, "date"), 22),
        (("playlist", 1, "inner", 0, "x"), 24),
        (("playlist", 1, "inner", 1), 25),
        (("playlist", 1, "inner", 1, "x"), 26),
    ],
)
def test_every_key_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert TomlLines(TEXT).lines[path] == line


def test_a_missing_key_is_placed_at_the_table_it_is_missing_from() -> None:
    assert TomlLines(TEXT).line(("playlist", 1, "from")) == 19


def test_what_is_nowhere_has_no_line() -> None:
    assert TomlLines(TEXT).line(("nothing",)) is None


def test_a_windows_text_has_the_same_lines() -> None:
    assert TomlLines(TEXT.replace("\n", "\r\n")).lines == TomlLines(TEXT).lines


def test_a_path_is_shown_with_its_indices_and_quotes() -> None:
    assert show_path(("playlist", 0, "a b", "c")) == 'playlist[0]."a b".c'


keys = st.text(min_size=1, max_size=6)
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


@given(st.dictionaries(keys, values, max_size=4))
def test_exactly_the_paths_of_the_document_are_found(document: dict[str, object]) -> None:
    text = "".join(f"{toml_key(key)} = {toml_value(value)}\n" for key, value in document.items())
    assert tomllib.loads(text) == document
    assert set(TomlLines(text).lines) == set(paths(document))


@given(st.dictionaries(keys, scalars, min_size=1, max_size=4))
def test_keys_under_headings_are_found_line_by_line(table: dict[str, object]) -> None:
    body = "".join(f"{toml_key(key)} = {toml_value(value)}\n" for key, value in table.items())
    text = f"[[rows]]\n{body}[[rows]]\n{body}"
    lines = TomlLines(text).lines
    for offset, key in enumerate(table):
        assert lines[("rows", 0, key)] == 2 + offset
        assert lines[("rows", 1, key)] == 3 + len(table) + offset
