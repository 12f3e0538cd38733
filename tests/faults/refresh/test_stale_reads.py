"""Right after a write Spotify may still show what stood there before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from segue.errors import UnavailableError
from segued.refresh.edits import Edits, find_edits
from segued.sandbox.account.listener import Stale

ONE = "/playlists/{id}"
STALE = ("stale_rows", "stale_snapshot")


def stale(desk, kinds, reads: int | None, method: str = "PUT", **more: object) -> None:
    for kind in kinds:
        desk.fault(kind, method, reads=reads, times=None, **more)


@pytest.mark.parametrize("kinds", [STALE, STALE[:1], STALE[1:]])
@pytest.mark.parametrize("reads", [1, 2, 3])
def test_a_read_back_that_is_old_for_a_while_is_waited_for(desk, kinds, reads: int) -> None:
    desk.refresh(desk.tracks(30))
    wanted = desk.shuffled(desk.tracks(30, start=60))
    stale(desk, kinds, reads)
    outcome = desk.refresh(wanted)
    assert (outcome.status, outcome.notes) == ("changed", ())
    assert desk.account == tuple(wanted)
    assert "edited" not in [version.why for version in desk.state.versions.list(desk.playlist_id)]
    desk.sandbox.faults.clear()
    assert desk.refresh(wanted).status == "unchanged"
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())


def test_a_read_back_that_stays_old_leaves_the_write_for_the_next_run(desk) -> None:
    desk.refresh(desk.tracks(30))
    wanted = desk.shuffled(desk.tracks(30, start=60))
    stale(desk, STALE, None)
    outcome = desk.refresh(wanted)
    assert outcome.status == "failed"
    assert isinstance(outcome.error, UnavailableError)
    assert len(desk.state.journal.open_intents()) == 1
    show_the_truth(desk)
    assert [each.status for each in desk.recover()] == ["finished"]
    assert desk.refresh(wanted).status == "unchanged"
    assert desk.binding.kept_out == ()


@pytest.mark.parametrize("late", [1, 2, 3])
def test_a_recovery_waits_for_a_write_that_still_shows_late(desk, late: int) -> None:
    desk.refresh(desk.tracks(30))
    wanted = desk.shuffled(desk.tracks(30, start=60))
    stale(desk, STALE, None)
    assert desk.refresh(wanted).status == "failed"
    desk.sandbox.faults.clear()
    for answer in desk.sandbox.world.account.playlists[desk.playlist_id].stale:
        answer.reads = late
    desk.writes()
    assert [each.status for each in desk.recover()] == ["finished"]
    assert desk.writes() == []
    assert desk.account == tuple(wanted)


@pytest.mark.parametrize("kind", ["error_after", "cut_after"])
@pytest.mark.parametrize("reads", [1, 2, 3, 6])
def test_an_addition_that_took_effect_unseen_never_stands_there_twice(
    desk, kind: str, reads: int
) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    wanted = [*uris, *desk.tracks(5, start=90)]
    desk.fault(kind, "POST", status=502)
    stale(desk, STALE, reads, "POST")
    desk.refresh(wanted)
    show_the_truth(desk)
    desk.refresh(wanted)
    assert desk.account == tuple(wanted)
    assert desk.refresh(wanted).status == "unchanged"


def test_a_long_write_that_shows_late_is_no_edit_by_somebody(desk) -> None:
    desk.refresh(desk.tracks(250))
    wanted = desk.shuffled(desk.tracks(250, start=30))
    for method in ("POST", "DELETE", "PUT"):
        stale(desk, STALE, 2, method)
    outcome = desk.refresh(wanted)
    assert (outcome.status, outcome.notes) == ("changed", ())
    assert desk.account == tuple(wanted)


def test_within_a_minute_of_a_write_an_older_list_teaches_nothing(desk) -> None:
    from segued.refresh.write.reading import read_current

    desk.refresh(desk.tracks(30))
    run = desk.run()
    desk.now -= run.clock() - desk.binding.last.at  # the same moment as the write
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    now, record.rows = record.rows, ()
    with pytest.raises(UnavailableError, match="older list"):
        read_current(run, desk.binding, desk.playlist_id)
    record.rows = now
    assert read_current(run, desk.binding, desk.playlist_id).uris == desk.account


def test_within_a_minute_of_a_write_an_edit_by_hand_is_read_twice_and_counts(desk) -> None:
    from segued.refresh.write.reading import read_current

    desk.refresh(desk.tracks(30))
    run = desk.run()
    desk.now -= run.clock() - desk.binding.last.at
    (added,) = desk.tracks(1, start=200)
    desk.sandbox.human.add(desk.playlist_id, [added], 0)
    assert added in read_current(run, desk.binding, desk.playlist_id).uris


def test_a_write_that_was_given_up_and_shows_later_is_no_edit_by_hand(desk) -> None:
    desk.refresh(desk.tracks(30))
    before = desk.account
    wanted = desk.shuffled(desk.tracks(30, start=60))
    desk.fault("cut_before", "PUT", times=None)
    assert desk.refresh(wanted).notes[-1] == "nothing was changed"
    desk.sandbox.faults.clear()
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    record.changed(desk.sandbox.world.rows_for(wanted, desk.user_id))
    assert desk.refresh(wanted).status == "unchanged"
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())
    assert before != desk.account


def test_the_first_of_two_writes_given_up_that_shows_later_is_no_edit_by_hand(desk) -> None:
    desk.refresh(desk.tracks(30))
    first, second = (desk.shuffled(desk.tracks(30, start=start)) for start in (60, 120))
    desk.fault("cut_before", "PUT", times=None)
    for wanted in (first, second):
        assert desk.refresh(wanted).notes[-1] == "nothing was changed"
    desk.sandbox.faults.clear()
    desk.now += timedelta(days=1)
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    record.changed(desk.sandbox.world.rows_for(first, desk.user_id))
    desk.refresh(second)
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())


def test_a_row_that_a_read_back_hides_is_still_what_was_written(desk) -> None:
    from segued.refresh.write.reading import read_current

    desk.refresh(desk.tracks(30))
    wanted = tuple(desk.shuffled(desk.tracks(30, start=60)))
    desk.fault("edit", "PUT", edit=lambda: hide_a_row(desk))
    outcome = desk.refresh(wanted)
    assert (outcome.status, outcome.notes) == ("changed", ())
    desk.sandbox.faults.clear()
    assert desk.account == desk.binding.written == wanted
    run = desk.run()
    desk.now -= run.clock() - desk.binding.last.at
    assert read_current(run, desk.binding, desk.playlist_id).uris == wanted


def test_a_row_shown_under_another_id_for_two_runs_was_exchanged_by_nobody(desk) -> None:
    wanted, other = written_but_shown_otherwise(desk)
    assert desk.refresh(shown_with(wanted, other)).status == "unchanged"
    show_the_truth(desk)
    assert desk.plan(wanted).before == desk.account == wanted
    desk.refresh([*wanted[1:], *desk.tracks(1, start=200)])
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())


def test_an_edit_on_top_of_a_row_shown_under_another_id_is_told_from_it(desk) -> None:
    wanted, _ = written_but_shown_otherwise(desk)
    show_the_truth(desk)
    added, newer = desk.tracks(2, start=200)
    desk.sandbox.human.add(desk.playlist_id, [added], 0)
    desk.refresh([*wanted, newer])
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((added,), ())


def test_the_next_write_forgets_what_an_earlier_one_showed_otherwise(desk) -> None:
    wanted, _ = written_but_shown_otherwise(desk)
    show_the_truth(desk)
    desk.refresh(wanted[1:])
    desk.sandbox.human.add(desk.playlist_id, [wanted[0]], 0)
    desk.refresh(wanted[1:20])
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((wanted[0],), ())


def test_other_rows_in_the_version_segue_left_are_no_edits(desk) -> None:
    desk.refresh(desk.tracks(30))
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    record.stale = [Stale(rows=record.rows[:15])]
    binding, shown = desk.binding, desk.run().client().read_playlist(desk.playlist_id)
    assert find_edits(binding, shown, respect=True) == Edits()


@pytest.mark.parametrize("hours", [1, 20])
def test_hours_after_a_write_an_older_version_is_not_taken_for_an_edit(desk, hours: int) -> None:
    from segued.refresh.write.reading import read_current

    desk.refresh(desk.tracks(30))
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    older = Stale(rows=record.rows, version=record.version)
    desk.refresh(desk.shuffled(desk.tracks(30, start=60)))
    desk.now += timedelta(hours=hours)
    record.stale = [older]
    with pytest.raises(UnavailableError, match="older list"):
        read_current(desk.run(), desk.binding, desk.playlist_id)


def test_a_day_after_a_write_an_older_version_is_believed(desk) -> None:
    from segued.refresh.write.reading import read_current

    desk.refresh(desk.tracks(30))
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    older = Stale(rows=record.rows, version=record.version)
    desk.refresh(desk.shuffled(desk.tracks(30, start=60)))
    desk.now += timedelta(days=2)
    record.stale = [older]
    assert read_current(desk.run(), desk.binding, desk.playlist_id).uris == tuple(desk.tracks(30))


def written_but_shown_otherwise(desk) -> tuple[tuple[str, ...], str]:
    """A list that was written and is read back with its first row under another id; and that id."""
    desk.refresh(desk.tracks(30))
    wanted, (other,) = tuple(desk.shuffled(desk.tracks(30, start=60))), desk.tracks(1, start=300)
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    rows = tuple(desk.sandbox.world.rows_for(shown_with(wanted, other), desk.user_id))
    desk.fault("edit", "PUT", edit=lambda: record.stale.append(Stale(rows=rows)))
    outcome = desk.refresh(wanted)
    desk.sandbox.faults.clear()
    assert (outcome.status, outcome.written) == ("changed", shown_with(wanted, other))
    return wanted, other


def shown_with(rows: tuple[str, ...], other: str) -> tuple[str, ...]:
    return (other, *rows[1:])


def hide_a_row(desk) -> None:
    desk.fault("null_rows", "GET", ONE, rows=(3,), times=None)


def show_the_truth(desk) -> None:
    desk.sandbox.faults.clear()
    desk.sandbox.world.account.playlists[desk.playlist_id].stale.clear()
