"""Answers nobody has seen, over every provider: a value that can be stored, or an error of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import ServiceError
from segue.music.track import Artist, Track
from segued.providers.features.source import ReccoBeats, SpotifyFeatures, features_of
from segued.providers.lyrics.source import Genius, Lrclib
from segued.spotify.answers import PHRASES
from segued.store.access import BudgetStore
from segued.web.service import Budget
from segued.web.source import Source, phrases_for
from segued.web.transport import Limits, decode

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SONG = Track(id="t1", title="Song", artists=(Artist("Ada"),), duration_ms=200_000)
_ODD = st.sampled_from([1e30, 2**63, -(2**70), float("nan"), float("inf"), "\ud800", "0.5", True])
_PLAIN = st.sampled_from(["https://open.spotify.com/track/t1", "Song", "Ada", 0.5, 7, 120.0, ""])
_KEYS = st.sampled_from(
    [
        *("content", "href", "id", "energy", "valence", "tempo", "key", "mode", "loudness"),
        *("trackName", "artistName", "duration", "instrumental", "plainLyrics", "syncedLyrics"),
        *("hits", "result", "title", "primary_artist", "name", "artist_names", "path", "lyrics"),
    ]
)
_ROWS = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(st.characters()) | _ODD | _PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=8),
    max_leaves=30,
)
_ANSWERS = _ROWS | st.fixed_dictionaries({"content": st.lists(_ROWS)}) | st.lists(_ROWS)


class Answers:
    """A service that gives one answer to everything."""

    def __init__(self, answer: object) -> None:
        self._answer = decode(json.dumps(answer).encode())
        self.session = None
        self.odd_rows = 0

    def get_json(self, *_: object) -> Any:
        return self._answer

    def call(self, _: object) -> Any:
        return self._answer


def _reccobeats(source: Any) -> object:
    found = ReccoBeats(source).fetch([SONG])
    return {track_id: asdict(each.values) for track_id, each in found.items()}


def _genius(source: Any) -> object:
    return Genius("a-token-of-a-test", source, api_url="http://x", web_url="http://x").find(SONG)


PROVIDERS: dict[str, Callable[[Any], object]] = {
    "reccobeats": _reccobeats,
    "lrclib": lambda source: Lrclib(source).find(SONG),
    "genius": _genius,
}


@pytest.mark.parametrize("name", PROVIDERS)
@given(answer=_ANSWERS)
def test_any_answer_is_a_value_or_an_error_of_ours(name: str, answer: object) -> None:
    try:
        found = PROVIDERS[name](Answers(answer))
    except ServiceError:
        return
    if found is not None:
        orjson.dumps(found if isinstance(found, dict) else asdict(found))  # type: ignore[call-overload]


@given(st.dictionaries(_KEYS, st.integers() | st.floats() | _ODD | st.text()))
def test_any_row_is_features_or_none(row: dict[str, Any]) -> None:
    found = features_of(row)
    if found is not None:
        orjson.dumps(asdict(found))


def row(track: str, **values: object) -> dict[str, object]:
    return {"href": f"https://open.spotify.com/track/{track}", "energy": 0.5, **values}


def test_one_odd_row_costs_its_own_track_and_no_other() -> None:
    answer = {"content": [None, row("t1"), row("t2", energy=1e30, tempo=120.0), row("t3")]}
    source = Answers(answer)
    found = ReccoBeats(source).fetch(
        [SONG, *(Track(id=f"t{number}", title="x", artists=()) for number in (2, 3, 4))]
    )
    assert source.odd_rows == 1
    assert set(found) == {"t1", "t2", "t3"}
    assert found["t2"].values.tempo == 120.0


def test_odd_rows_of_spotifys_features_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"id": "t1", "energy": 0.5}, None, 7, {"id": 9, "energy": 0.5}, {"id": "t1"}]
    budget = Budget(BudgetStore(tmp_path / "budget.json"), lambda: NOW, PHRASES)
    source = SpotifyFeatures(lambda _: {"audio_features": rows}, budget, lambda: NOW)
    assert set(source.fetch([SONG])) == {"t1"}
    assert "3 of the 5 rows" in caplog.text  # null is a track it has no features for


def test_an_answer_of_mostly_odd_rows_is_not_taken_for_misses() -> None:
    with pytest.raises(ServiceError, match="rows that are no track's features"):
        ReccoBeats(Answers({"content": [None, 7, row("t1")]})).fetch([SONG])


def test_a_song_that_may_be_among_unreadable_hits_is_not_one_without_words() -> None:
    other = {"trackName": "Other", "artistName": "Bo", "plainLyrics": "x"}
    match = {"trackName": "Song", "artistName": "Ada", "plainLyrics": "la la"}

    class Searching(Answers):
        def get_json(self, path: str, *_: object) -> Any:
            return other if path == "/api/get" else self._answer

    with pytest.raises(ServiceError):
        Lrclib(Searching([other, None])).find(SONG)
    assert Lrclib(Searching([None, match])).find(SONG).text == "la la"
    assert Lrclib(Searching([other])).find(SONG) is None


def test_what_could_not_be_read_is_counted_and_said_once(tmp_path: Path, caplog: Any) -> None:
    budget = BudgetStore(tmp_path / "budget.json")
    source = Source(
        phrases_for("reccobeats"), "http://x", Limits(), budget, clock=lambda: datetime.now(UTC)
    )
    source.odd_rows += 3
    source.close()
    source.close()
    assert caplog.text.count("3 rows in answers of reccobeats could not be read") == 1
