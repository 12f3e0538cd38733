"""What was stored while the clock was years ahead: none of it is waited for once it is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segued.refresh.write.operations import still_late
from segued.refresh.write.reading import is_settling
from segued.store.playlists import Ban, Binding, LastWrite, LateWrite, Limits, limits_now
from segued.store.state import State
from segued.store.tracks.features import Miss
from segued.sync.tracks import Absent

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEARS = timedelta(days=3650)
URI = "spotify:track:AAAAAAAAAAAAAAAAAAAAA1"


def bound(at: datetime) -> Binding:
    """A binding as a write at that moment leaves it."""
    day = timedelta(days=1)
    return Binding(
        "all",
        "AAAAAAAAAAAAAAAAAAAAA1",
        "All",
        "x",
        bans=(Ban(URI, at, at + day),),
        last=LastWrite(at, ("x",)),
        limits=Limits(10, at + 14 * day, at + 14 * day),
        late=(LateWrite("add", at, (URI,), (0,)),),
    )


@pytest.mark.parametrize(("ahead", "holds"), [(timedelta(), True), (YEARS, False)])
def test_a_write_is_recent_and_a_track_is_out_by_a_clock_that_is_right(
    ahead: timedelta, holds: bool
) -> None:
    binding, now = bound(NOW + ahead), NOW + timedelta(seconds=30)
    assert is_settling(binding, now) == holds
    assert bool(binding.banned(now)) == holds
    assert bool(still_late(binding.late, now)) == holds
    assert (limits_now(binding, now).most_rows == 10) == holds
    assert (limits_now(binding, now).unmovable_until is not None) == holds


def test_a_track_that_was_only_doubted_is_left_out_by_no_clock() -> None:
    later = NOW + timedelta(seconds=30)  # the clock was set back since it was doubted
    doubted = replace(bound(NOW), bans=(Ban(URI, later, later),))
    assert not doubted.banned(NOW)


@pytest.mark.parametrize(("ahead", "holds"), [(timedelta(), True), (YEARS, False)])
def test_what_a_service_did_not_have_rests_by_a_clock_that_is_right(
    tmp_path: Path, ahead: timedelta, holds: bool
) -> None:
    state, then = State.open(tmp_path / "state"), NOW + ahead
    absent = Absent(state.library, "absent")
    absent.refused("x", then)
    absent.refused("x", then)
    assert absent.rests("x", NOW + timedelta(hours=1)) == holds
    state.features.put_misses(["x"], Miss("reccobeats", then, then + timedelta(days=14)))
    assert bool(state.features.missed("reccobeats", NOW + timedelta(hours=1))) == holds
    state.close()
