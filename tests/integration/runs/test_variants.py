"""A playlist of several variants: each when it holds, and no refresh that has nothing to do misses
the moment at which another begins to hold."""

from __future__ import annotations

from datetime import UTC, datetime

from segued.refresh.job import refresh_all
from segued.refresh.noting import note
from segued.refresh.unchanged import Asked, known
from segued.run import Run
from segued.store.state import State

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
VARIED = """
[[playlist]]
name = "Now"
from = "liked"
length = 12
timezone = "Asia/Tokyo"
score = { recency = 1.0 }
[[playlist.when]]
on = "sat 06:00-12:00"
length = 7
"""


def test_each_variant_makes_its_list_and_says_that_it_holds(house) -> None:
    house.recipes = VARIED
    (base,) = house.refresh().refreshed
    assert len(house.mine["Now"]) == 12
    assert "no variant applies now (Fri 20 Nov, 21:00)" in base.plan.notes
    house.now = FRIDAY.replace(hour=22)  # seven in the morning of Saturday in Tokyo
    (varied,) = house.refresh().refreshed
    assert len(house.mine["Now"]) == 7
    holds = "variant “sat 06:00-12:00” applies now (Sat 21 Nov, 07:00)"
    assert holds in varied.plan.notes
    (again,) = house.refresh().refreshed
    assert again.plan.status == "unchanged"
    state = State.open(house.folder)
    (bound,) = state.playlists.bindings().values()
    state.close()
    assert [made.period.partition(" ")[2] for made in bound.made] == ["sat 06:00-12:00", ""]


def test_a_renamed_recipe_keeps_its_playlist_whichever_variant_held(house) -> None:
    house.recipes = VARIED
    house.now = FRIDAY.replace(hour=22)
    house.refresh()
    kept = house.id_of("Now")
    house.recipes = VARIED.replace('"Now"', '"Later"')
    house.now = FRIDAY.replace(day=22)
    house.refresh()
    assert house.id_of("Later") == kept


def test_the_note_that_nothing_is_to_do_ends_where_another_variant_begins(house) -> None:
    house.recipes = VARIED
    asked = Asked(house.folder, house.text.encode(), {})
    house.refresh()
    house.refresh()
    state = State.open(house.folder)
    with Run(house.settings, state, {}, lambda: FRIDAY) as run:
        note(run, asked, refresh_all(run))
    state.close()
    found = known(asked, FRIDAY)
    assert found is not None
    assert found.until == datetime(2026, 11, 20, 15, tzinfo=UTC)  # midnight of Tokyo
    assert known(asked, found.until) is None
