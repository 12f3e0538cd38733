"""An undo met by failing answers, cut connections and limits: a write like any other."""

from __future__ import annotations

import pytest

KINDS = ("error_before", "error_after", "cut_before", "cut_after", "not_json", "truncated")


@pytest.fixture
def undoable(desk):
    """A desk with two versions of a list of 130 rows, one of which can only be moved."""
    uris = desk.tracks(130)
    desk.refresh(uris)
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    desk.refresh(uris)
    desk.first = desk.account
    desk.second = desk.shuffled([*uris[20:], *desk.tracks(20, start=200)])
    desk.refresh(desk.second)
    desk.smallest()
    return desk


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_trouble_once_ends_in_exactly_the_earlier_list(undoable, kind: str, method: str) -> None:
    undoable.fault(kind, method)
    assert undoable.undo().status == "changed"
    assert undoable.account == undoable.first
    assert undoable.smallest() >= 66
    tracks = [uri for uri in undoable.first if uri.startswith("spotify:track:")]
    for _ in range(2):
        undoable.refresh(tracks)
    assert undoable.account == undoable.first
    assert undoable.binding.kept_out == ()


@pytest.mark.parametrize("kind", ["rate_limit", "quota", "revoked_token", "error_before"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("nth", [1, 2])
def test_what_ends_it_half_way_leaves_a_long_list_and_the_next_start_finishes_it(
    undoable, kind: str, method: str, nth: int
) -> None:
    before = undoable.account
    undoable.fault(kind, method, nth=nth, times=None, retry_after=600)
    assert undoable.undo().status == "failed"
    assert undoable.smallest() >= 66
    undoable.sandbox.faults.clear()
    for endpoint in undoable.state.budget.all():
        undoable.state.budget.set_cool_down(endpoint, None, None)
    undoable.again()
    undoable.recover()
    assert undoable.account in (before, undoable.first)
    assert undoable.state.journal.open_intents() == ()
    assert undoable.smallest() >= 66


@pytest.mark.parametrize("reads", [1, 3, None])
def test_an_undo_that_shows_late_is_waited_for_or_left_to_the_next_run(
    undoable, reads: int | None
) -> None:
    for method in ("POST", "DELETE", "PUT"):
        for kind in ("stale_rows", "stale_snapshot"):
            undoable.fault(kind, method, times=None, reads=reads)
    undoable.undo()
    undoable.sandbox.faults.clear()
    undoable.sandbox.world.account.playlists[undoable.playlist_id].stale.clear()
    undoable.recover()
    assert undoable.account == undoable.first
    assert "edited" not in [
        version.why for version in undoable.state.versions.list(undoable.playlist_id)
    ]
