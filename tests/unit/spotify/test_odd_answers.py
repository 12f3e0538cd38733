"""Every parser of an answer on rows nobody has seen: a row or a field is lost, never the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import MalformedAnswerError
from segued.spotify import parsing
from segued.web.transport import decode

_KEYS = (
    "id",
    "name",
    "type",
    "uri",
    "href",
    "is_local",
    "is_playable",
    "duration_ms",
    "explicit",
    "external_ids",
    "isrc",
    "artists",
    "album",
    "release_date",
    "linked_from",
    "restrictions",
    "item",
    "track",
    "items",
    "tracks",
    "total",
    "next",
    "limit",
    "offset",
    "added_at",
    "added_by",
    "played_at",
    "owner",
    "collaborative",
    "public",
    "description",
    "snapshot_id",
    "account_id",
    "display_name",
    "total_tracks",
)
_ODD = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-23:59",
        "2026-11-20T12:00:00Z",
        "spotify:local:a:b:c:1",
        "track",
        1e30,
        2**63,
        -(2**70),
        float("nan"),
        float("-inf"),
        "\ud800",
        "\x1b[31m",
        "",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | _ODD,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=8)
    ),
    max_leaves=40,
)
PARSERS: list[Callable[[object], object]] = [
    parsing.artist,
    parsing.album,
    parsing.track,
    parsing.saved_track,
    parsing.saved_album,
    parsing.play,
    parsing.entry,
    parsing.summary,
    parsing.regime_of,
]


def received(value: object) -> object:
    return decode(json.dumps(value).encode())


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
@given(value=_JSON)
def test_a_row_is_a_value_that_can_be_stored_or_nothing(
    parser: Callable[[object], object], value: object
) -> None:
    found = parser(received(value))
    parts = found if isinstance(found, tuple) else (found,)
    for part in parts:
        orjson.dumps(asdict(part) if hasattr(part, "__dataclass_fields__") else part)


@given(value=_JSON)
def test_a_page_is_a_page_or_malformed(value: object) -> None:
    try:
        page = parsing.page(received(value), "GET /x", parsing.entry, offset=50, limit=50)
    except MalformedAnswerError:
        return
    assert page.next_offset is None or 50 < page.next_offset <= 100


TRACK = {"id": "t", "name": "Song", "type": "track", "duration_ms": 1000}


def saved(**changes: object) -> dict[str, object]:
    return {"added_at": "2026-11-20T12:00:00Z", "track": TRACK} | changes


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", "0001-01-01", 7, "soon"]
)
def test_a_time_that_cannot_be_costs_its_row_and_is_counted(moment: object) -> None:
    answer = {"items": [saved(), saved(added_at=moment)], "total": 2, "next": None}
    page = parsing.page(answer, "GET /me/tracks", parsing.saved_track, offset=0, limit=50)
    assert (len(page.items), page.odd) == (1, 1)
    assert page.items[0][0].added_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("duration", [1e13, 86_400_001, 2**63, -1, True, "1", [1]])
def test_a_length_that_cannot_be_costs_the_length_and_is_counted(duration: object) -> None:
    answer = {"items": [saved(track=TRACK | {"duration_ms": duration})], "total": 1}
    page = parsing.page(answer, "GET /me/tracks", parsing.saved_track, offset=0, limit=50)
    assert (page.items[0][1].duration_ms, page.odd) == (0, 1)


@pytest.mark.parametrize("length", [865, 1_000, 1_001, 100_000])
def test_a_name_longer_than_any_is_cut_and_says_so(length: int) -> None:
    found = parsing.track(TRACK | {"name": "x" * length, "artists": [{"name": "y" * length}]})
    assert found is not None
    for name in (found.title, found.artists[0].name):
        assert len(name) == min(length, 1_000)
        assert name.endswith("…") == (length > 1_000)


@pytest.mark.parametrize("odd", ["a b", "a\n", "../me", "a:b", "", "x" * 1000, "\u00b2", 7])
def test_an_id_that_cannot_be_asked_for_is_none(odd: object) -> None:
    assert parsing.track(TRACK | {"id": odd}) is None
    assert parsing.summary({"id": odd, "name": "x"}) is None


@pytest.mark.parametrize("date", ["\u00b2\u00b2\u00b2\u00b2", "0000", "", "99999", "-001", None])
def test_a_year_of_release_is_a_year_or_unknown(date: object) -> None:
    album = parsing.album({"name": "A", "release_date": date})
    assert album is not None
    assert album.release_year in (None, 9999)


def test_null_fields_and_rows_are_usual_and_not_counted() -> None:
    answer = {"items": [None, saved(track=TRACK | {"external_ids": None})], "total": 2}
    page = parsing.page(answer, "GET /me/tracks", parsing.saved_track, offset=0, limit=50)
    assert (page.rows[0], page.odd) == (None, 0)


@pytest.mark.parametrize(("total", "bound"), [(60, 160), (None, 20_000), (10**9, 100_000)])
def test_a_list_whose_next_never_ends_does_end(total: int | None, bound: int) -> None:
    answer = {"items": [saved()] * 50, "next": "more", "limit": 50, "total": total}
    reached = 0

    def read_on(offset: int) -> int:
        page = parsing.page(answer, "GET /x", lambda row: row, offset=offset, limit=50)
        return page.next_offset or 10**9

    def read_all() -> None:
        nonlocal reached
        while reached < 10**9:
            reached = read_on(reached)

    with pytest.raises(MalformedAnswerError, match="goes on after row"):
        read_all()
    assert reached <= bound


@pytest.mark.parametrize(("limit", "step"), [(0, 50), (1, 50), (10**9, 50), (50, 50)])
def test_a_page_never_leads_back_nor_far_ahead(limit: int, step: int) -> None:
    answer = {"items": [saved()] * 50, "next": "more", "limit": limit, "total": 500}
    page = parsing.page(answer, "GET /x", lambda row: row, offset=100, limit=50)
    assert page.next_offset == 100 + step
