"""Seeds and tie_breaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from segue.playlists.choose.choose import tie_breaks
from segue.recipe.recipe import seed_for

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_seed_is_the_same_on_every_machine() -> None:
    assert seed_for("gym", DAY) == 8815319136267842


def test_a_seed_does_not_depend_on_the_zone_a_moment_is_written_in() -> None:
    assert seed_for("gym", DAY) == seed_for("gym", DAY.astimezone(timezone(timedelta(hours=5))))


def test_recipes_and_periods_have_seeds_of_their_own() -> None:
    seeds = {seed_for(name, DAY + timedelta(days=n)) for name in ("a", "b") for n in range(5)}
    assert len(seeds) == 10
    assert all(0 <= seed < 2**53 for seed in seeds)


def test_the_lot_of_a_track_does_not_depend_on_the_others() -> None:
    assert tie_breaks(["a", "b"], 1)[0] == tie_breaks(["c", "a"], 1)[1]
    assert tie_breaks(["a"], 1)[0] != tie_breaks(["a"], 2)[0]
