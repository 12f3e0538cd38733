"""What Spotify refuses or ignores is done another way, once."""

from __future__ import annotations

import pytest

from segue.errors import GuardError
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running

PUT = "PUT /playlists/{id}/items"


def one_moved(uris: list[str]) -> list[str]:
    return [*uris[1:20], uris[0], *uris[20:]]


@pytest.mark.parametrize("status", [400, 502])
def test_a_move_refused_for_its_snapshot_id_is_sent_once_without(desk, status: int) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.writes()
    desk.fault("error_before", "PUT", status=status)
    assert desk.refresh(one_moved(uris)).status == "changed"
    assert desk.account == tuple(one_moved(uris))
    assert desk.writes().count(PUT) == 2


@pytest.mark.parametrize("kind", ["no_effect", "error_before"])
def test_where_no_move_works_rows_are_removed_and_added_and_it_is_not_tried_anew(
    desk, kind: str
) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.writes()
    desk.fault(kind, "PUT", times=None, status=400)
    assert desk.refresh(one_moved(uris)).status == "changed"
    assert desk.account == tuple(one_moved(uris))
    assert desk.writes().count(PUT) == 2
    back = [uris[1], uris[0], *uris[2:]]
    assert desk.refresh(back).status == "changed"
    assert desk.account == tuple(back)
    assert PUT not in desk.writes()


def test_where_no_move_works_a_local_file_stays_and_the_refusal_says_why(desk) -> None:
    uris = desk.tracks(30)
    desk.refresh(uris)
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    desk.sandbox.human.add_local_file(desk.playlist_id, "Second tape", "Me")
    desk.refresh(uris)
    before = desk.account
    plan = desk.plan(uris)
    turned = (*plan.uris[:-2], plan.uris[-1], plan.uris[-2])
    items = {item.uri: item for item in plan.after}
    from dataclasses import replace

    plan = replace(plan, after=tuple(items[uri] for uri in turned))
    desk.fault("no_effect", "PUT", times=None)
    outcome = desk.apply(plan)
    assert outcome.status == "failed"
    assert isinstance(outcome.error, GuardError)
    assert desk.account == before
    desk.writes()
    again = replace(desk.plan(uris), after=plan.after)
    with pytest.raises(GuardError, match="does not move rows"):
        desk.apply(again)
    assert desk.writes() == []


@pytest.fixture(scope="module")
def sandbox():
    settings = SandboxSettings(
        tracks=400, artists=40, genres=4, likes=40, playlists=3, play_days=2, most_rows=150
    )
    with running(settings) as found:
        yield found


def test_a_playlist_beyond_the_services_limit_is_cut_and_not_tried_anew(desk) -> None:
    wanted = desk.tracks(230)
    outcome = desk.refresh(wanted)
    assert outcome.status == "changed"
    assert desk.account == tuple(wanted[:150])
    assert len(outcome.left_out) == 80
    assert "150 rows" in outcome.notes[-1]
    assert desk.binding.limits.most_rows == 150


def test_a_full_playlist_is_changed_within_its_limit(desk) -> None:
    desk.refresh(desk.tracks(150))
    desk.smallest()
    wanted = desk.shuffled(desk.tracks(150, start=60))
    assert desk.refresh(wanted).status == "changed"
    assert desk.account == tuple(wanted)
    assert desk.smallest() >= 75
