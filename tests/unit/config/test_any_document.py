"""Whatever is written, the answer is settings or a list of mistakes, never a crash."""

from __future__ import annotations

import contextlib
import tomllib
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import ConfigError, Problem
from segued.config.load import check, settings_from
from segued.config.schema import PlaylistSection, Settings
from segued.config.starter import toml_key, toml_value
from segued.config.toml.problems import keys_of, sections

KEYS = sorted({key for _, section in sections(Settings) for key in keys_of(section)})
WORDS = [
    *("liked", "recipe:a", "recipe:b", "playlist:x", "top:short", "any", "all", "minus", "local"),
    *("a", "b", "1..2", "2..1", "..", "3 days", "0 7 31 2 *", "@daily", "mon 07:00", "(", "rotate"),
    *("37i9dQZF1DX4WYpdgoIcn6", "a{99999999999}", "9" * 400 + " days", "every 99999999 hours"),
]
scalars = st.one_of(
    st.sampled_from(WORDS),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
)
keys = st.sampled_from([*KEYS, *WORDS]) | st.text(max_size=3)
values = st.recursive(
    scalars | st.sampled_from([date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
playlists = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b"]) | values, "from": values},
    optional={key: values for key in keys_of(PlaylistSection) if key not in ("name", "from")},
)
documents = st.fixed_dictionaries(
    {}, optional={"playlist": st.lists(playlists | values, max_size=3) | values, "spotify": values}
) | st.dictionaries(keys, values, max_size=3)


@settings(deadline=None)
@given(documents)
def test_any_document_is_checked_to_its_end(document: dict[str, object]) -> None:
    with contextlib.suppress(ConfigError):
        found = settings_from(document)
        assert len(found.playlists) == len(found.playlist)
        assert found.schedules is not None


@settings(deadline=None)
@given(documents, st.sampled_from(["", "x", "5", "[1", "3 days"]))
def test_any_text_is_checked_and_each_mistake_has_a_line_of_it(
    document: dict[str, object], value: str
) -> None:
    plain = {key: value for key, value in document.items() if _writable(value)}
    text = "".join(f"{toml_key(key)} = {toml_value(value)}\n" for key, value in plain.items())
    assert tomllib.loads(text).keys() == plain.keys()
    environ = {"SEGUE_SPOTIFY__TIMEOUT_SECONDS": value, "SEGUE_TIMEZONE": "UTC"}
    found: tuple[Problem, ...] = ()
    try:
        check(text, "config.toml", environ)
    except ConfigError as error:
        found = error.problems
    lines = text.count("\n")
    assert all(problem.line is None or 1 <= problem.line <= lines for problem in found)
    assert all(problem.message and problem.path for problem in found)


@given(st.text(max_size=60))
def test_any_text_at_all_is_toml_or_a_mistake_with_its_place(text: str) -> None:
    with contextlib.suppress(ConfigError):
        check(text, "config.toml", {})


def _writable(value: object) -> bool:
    if isinstance(value, dict):
        return all(_writable(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_writable(inner) for inner in value)
    small = not isinstance(value, int) or -(2**63) <= value < 2**63
    return small and isinstance(value, bool | int | float | str)
