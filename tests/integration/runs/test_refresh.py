"""A refresh, whole, over real HTTP: what a user trusts it with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from segue.errors import (
    AuthorisationError,
    ConflictError,
    GuardError,
    QuotaExceededError,
    RateLimitedError,
    RecipeError,
    SegueError,
    UnavailableError,
)
from segue.progress import silent
from segued.refresh.job import TRIED_INSTEAD
from segued.refresh.write.journaled import LEFT_OPEN
from segued.sandbox.control.faults import Fault

if TYPE_CHECKING:
    from conftest import House

WRITES = ("POST", "PUT", "DELETE")
ITEMS = "/playlists/{id}/items"
EVENINGS = """
[[playlist]]
name = "Evenings"
from = "liked"
length = 15
[playlist.score]
plays = 1
"""


def writes(house: House) -> int:
    return sum(
        method in WRITES for method, path, _ in house.sandbox.requests if "/api/" not in path
    )


def test_a_refresh_makes_the_playlist_it_planned(house: House) -> None:
    (refreshed,) = house.refresh().refreshed
    assert refreshed.plan.status == "changed"
    assert house.mine["Mornings"] == refreshed.plan.uris
    assert len(refreshed.plan.uris) == 20


def test_a_second_refresh_writes_nothing(house: House) -> None:
    house.refresh()
    house.sandbox.clear_requests()
    outcome = house.refresh()
    assert outcome.refreshed[0].plan.status == "unchanged"
    assert writes(house) == 0
    assert outcome.exit_code == 0


def test_a_long_playlist_that_stays_is_not_read_again(house: House) -> None:
    house.recipes = house.recipes.replace("length = 20", "")
    house.refresh()
    house.sandbox.clear_requests()
    house.refresh()
    assert {path for _, path, _ in house.sandbox.requests} == {
        "/me/tracks",
        "/me/playlists",
        "/me/player/recently-played",
    }


def test_an_adopted_playlist_rotates_once_in_a_period(house: House) -> None:
    account = house.sandbox.world.account
    adopted = next(
        playlist_id
        for playlist_id in account.listed
        if len(account.playlists[playlist_id].rows) > 12
    )
    house.recipes += f"""
    [playlist.write]
    mode = "rotate"
    rotate = 4
    playlist_id = "{adopted}"
    adopt = true
    """
    house.recipes = house.recipes.replace("length = 20", "")
    house.refresh()
    after = account.playlists[adopted].uris
    assert house.refresh().refreshed[0].plan.status == "unchanged"
    assert account.playlists[adopted].uris == after


def test_a_new_day_makes_the_playlist_anew(house: House) -> None:
    house.refresh()
    before = house.mine["Mornings"]
    house.tomorrow()
    assert house.refresh().refreshed[0].plan.status == "changed"
    assert set(house.mine["Mornings"]) != set(before)


def test_a_track_added_by_hand_survives_the_next_days_refresh(house: House) -> None:
    house.refresh()
    liked = house.sandbox.world.account.likes
    stranger = next(
        track for track in house.sandbox.world.catalogue.tracks.values() if track.id not in liked
    )
    uri = f"spotify:track:{stranger.id}"
    house.sandbox.human.add(house.id_of("Mornings"), [uri], 3)
    house.tomorrow()
    house.refresh()
    assert uri in house.mine["Mornings"]


def test_a_track_removed_by_hand_stays_out_the_next_day(house: House) -> None:
    house.recipes = house.recipes.replace("length = 20", "freshness = 0.0")
    house.refresh()
    gone = house.mine["Mornings"][7]
    house.sandbox.human.remove(house.id_of("Mornings"), [gone])
    house.tomorrow()
    house.refresh()
    assert gone not in house.mine["Mornings"]


def test_a_lost_state_folder_makes_no_twin(house: House) -> None:
    house.refresh()
    shutil.rmtree(house.folder)
    house.log_in()
    house.tomorrow()
    house.refresh()
    assert len(house.mine) == 1


def test_a_renamed_recipe_renames_its_playlist(house: House) -> None:
    house.refresh()
    house.recipes = house.recipes.replace("Mornings", "Early Hours")
    house.refresh()
    assert list(house.mine) == ["Early Hours"]


def test_a_deleted_playlist_is_not_raised_from_the_dead(house: House) -> None:
    house.refresh()
    house.sandbox.human.delete_playlist(house.id_of("Mornings"))
    outcome = house.refresh()
    assert outcome.exit_code == GuardError.exit_code
    assert house.mine == {}
    assert "paused" in outcome.refreshed[0].plan.refusals[0].text


def test_a_paused_recipe_gets_a_new_playlist_when_asked_to_resume(house: House) -> None:
    house.refresh()
    house.sandbox.human.delete_playlist(house.id_of("Mornings"))
    house.refresh()
    assert house.refresh("Mornings", resumed=True).exit_code == 0
    assert len(house.mine["Mornings"]) == 20


def test_a_recipe_that_would_empty_its_playlist_is_refused(house: House) -> None:
    house.refresh()
    before = house.mine["Mornings"]
    house.recipes += "[playlist.where]\nartist = 'Nobody At All'\n"
    outcome = house.refresh()
    assert outcome.exit_code == 6
    assert house.mine["Mornings"] == before


def test_an_edit_between_plan_and_write_stops_the_write(house: House) -> None:
    house.refresh()
    house.tomorrow()
    playlist = house.id_of("Mornings")
    first = house.mine["Mornings"][0]
    edit = {"action": "remove", "playlist_id": playlist, "uris": [first]}
    # The playlist is read at its listed version when it is planned and again before the write.
    house.sandbox.faults.add(Fault("edit", "GET", "/playlists/{id}", edit=edit))
    house.sandbox.clear_requests()
    outcome = house.refresh()
    assert isinstance(outcome.refreshed[0].error, ConflictError)
    assert outcome.exit_code == 6
    assert writes(house) == 0


def test_one_failing_recipe_does_not_stop_the_others(house: House) -> None:
    house.recipes += """
    [[playlist]]
    name = "Broken"
    from = { any = ["liked"], minus = ["playlist:There Is No Such List"] }
    """
    outcome = house.refresh()
    assert [refreshed.plan.status for refreshed in outcome.refreshed] == ["changed", "failed"]
    assert isinstance(outcome.refreshed[1].error, RecipeError)
    assert outcome.exit_code == 3


def test_a_quota_wall_stops_the_writing_of_the_rest_and_says_until_when(house: House) -> None:
    house.recipes += '[[playlist]]\nname = "Evenings"\nfrom = "top:short"\nlength = 10\n'
    house.sandbox.faults.add(Fault("quota", "POST", "/me/playlists", retry_after=86_000))
    outcome = house.refresh()
    assert all(isinstance(refreshed.error, QuotaExceededError) for refreshed in outcome.refreshed)
    assert outcome.exit_code == 5
    assert "quota" in outcome.refreshed[1].plan.notes[-1]


def test_a_recipe_sees_what_another_is_about_to_be(house: House) -> None:
    rest = 'name = "Rest"\nfrom = { any = ["liked"], minus = ["recipe:Mornings"] }'
    house.recipes += f"[[playlist]]\n{rest}\n"
    house.refresh()
    assert not set(house.mine["Rest"]) & set(house.mine["Mornings"])


def test_every_run_is_in_the_history(house: House) -> None:
    from segued.store.state import State

    house.refresh()
    state = State.open(house.folder)
    (run, *_) = state.runs.recent(5)
    state.close()
    assert (run.kind, run.recipe_id, run.status) == ("refresh", "mornings", "changed")


def test_a_dead_source_of_features_does_not_stop_a_refresh(house: House) -> None:
    dead = Fault("error_before", "GET", "/reccobeats/v1/audio-features", times=None)
    house.sandbox.faults.add(dead)
    outcome = house.refresh()
    assert outcome.refreshed[0].plan.status == "changed"
    assert outcome.enriched is not None
    assert "reccobeats" in outcome.enriched.failures


def two_recipes(house, adopting: str) -> str:
    """A list that one recipe made, and a second recipe that is to have it."""
    house.refresh()
    made = house.id_of("Mornings")
    house.recipes += (
        '[[playlist]]\nname = "Evenings"\nfrom = "top:short"\nlength = 12\n'
        f'[playlist.write]\nplaylist_id = "{made}"\nadopt = {adopting}\n'
    )
    return made


def test_a_recipe_does_not_take_the_list_that_another_keeps(house) -> None:
    made = two_recipes(house, "true")
    before = house.mine["Mornings"]
    for _ in range(2):
        kept, refused = house.refresh().refreshed
        assert kept.plan.status == "unchanged"
        assert not any("by hand" in note for note in kept.plan.notes)
        assert "is what the recipe 'Mornings' keeps" in refused.plan.refusals[0].text
        assert refused.exit_code == 6
        assert house.sandbox.world.account.playlists[made].uris == before


def test_a_list_goes_over_to_another_recipe_when_the_first_one_lets_go(house) -> None:
    two_recipes(house, "true")
    house.recipes = "[[playlist]]" + house.recipes.rpartition("[[playlist]]")[2]
    (taken,) = house.refresh().refreshed
    assert taken.plan.status == "changed"


def planned(house: House) -> tuple[str, ...]:
    """What the next refresh would write."""
    (refreshed,) = house.refresh(may_write=False).refreshed
    return tuple(item.uri for item in refreshed.plan.after)


def test_where_all_new_tracks_are_dead_others_are_tried_in_the_same_refresh(house: House) -> None:
    house.recipes += '[playlist.write]\nmode = "rotate"\nrotate = 5\n'
    house.refresh()
    before = set(house.mine["Mornings"])
    house.tomorrow()
    new = [uri for uri in planned(house) if uri not in before]
    assert len(new) > 3
    for uri in new:
        house.sandbox.human.kill(uri)
    (refreshed,) = house.refresh().refreshed
    assert (refreshed.error, refreshed.plan.status) == (None, "changed")
    assert refreshed.plan.notes == (TRIED_INSTEAD,)
    assert house.mine["Mornings"] == refreshed.plan.uris
    assert not set(refreshed.plan.uris).intersection(new)
    assert set(refreshed.plan.uris) - before
    house.refresh()
    assert len(house.mine["Mornings"]) == 20
    assert not set(house.mine["Mornings"]).intersection(new)
    house.sandbox.clear_requests()
    assert house.refresh().refreshed[0].plan.status == "unchanged"
    assert writes(house) == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("rate_limit", None, ITEMS, retry_after=3600), RateLimitedError),
        (Fault("revoked_token", "GET", "/playlists/{id}", times=None), AuthorisationError),
    ],
)
def test_what_ends_the_try_with_others_is_no_note_and_ends_the_refresh(
    house: House, fault: Fault, error: type[SegueError]
) -> None:
    """No other playlist is asked for after it, and what was written before it is said to be."""
    house.recipes += '[playlist.write]\nmode = "rotate"\nrotate = 5\n' + EVENINGS
    house.refresh()
    before, evenings = house.mine["Mornings"], house.mine["Evenings"]
    house.tomorrow()
    (plan,) = house.refresh("Mornings", may_write=False).refreshed
    for uri in plan.plan.uris:
        if uri not in before:
            house.sandbox.human.kill(uri)
    once = [fault]

    def progress(stage: str, done: int, total: int | None) -> None:
        if (stage, total) == ("plan", 1) and once:  # for the second try one alone is planned
            house.sandbox.faults.add(once.pop())

    house.progress = progress
    first, second = house.refresh().refreshed
    assert isinstance(first.error, error)
    assert isinstance(second.error, error)
    assert second.plan.status == "failed"
    assert house.mine["Evenings"] == evenings


def test_a_try_with_others_that_is_cut_half_way_is_told_as_it_stands_and_finished_next(
    house: House,
) -> None:
    house.recipes = house.recipes.replace("length = 20", "length = 105")
    house.recipes += '[playlist.write]\nmode = "rotate"\nrotate = 5\n'
    house.refresh()
    before = house.mine["Mornings"]
    house.tomorrow()
    dead = set(planned(house)).difference(before)
    for uri in dead:
        house.sandbox.human.kill(uri)
    plans = list[str]()

    def progress(stage: str, done: int, total: int | None) -> None:
        plans.extend([stage] * (stage == "plan" and not done))
        if len(plans) == 2:  # the second plan of a refresh is the one with others
            house.sandbox.faults.add(Fault("error_before", "POST", ITEMS, times=None))

    house.progress = progress
    (refreshed,) = house.refresh().refreshed
    assert 53 <= len(house.mine["Mornings"]) < 105
    assert isinstance(refreshed.error, UnavailableError)
    assert refreshed.plan.notes == (TRIED_INSTEAD, LEFT_OPEN, str(refreshed.error))
    house.progress = silent
    (waiting,) = house.refresh().refreshed
    assert waiting.plan.status == "refused"
    assert not any("by hand" in note for note in waiting.plan.notes)
    house.sandbox.faults.clear()
    house.refresh()
    stands = house.mine["Mornings"]
    assert (len(stands), len(set(stands)), dead.intersection(stands)) == (105, 105, set())
    assert house.refresh().refreshed[0].plan.status == "unchanged"


def test_where_every_other_track_is_dead_the_list_is_no_shorter_and_comes_to_rest(
    house: House,
) -> None:
    house.recipes = house.recipes.replace("length = 20", "length = 108")
    house.refresh()
    likes = [f"spotify:track:{track_id}" for track_id in house.sandbox.world.account.likes]
    dead = set(likes).difference(house.mine["Mornings"])
    for uri in dead:
        house.sandbox.human.kill(uri)
    house.tomorrow()
    for _ in range(4):
        (refreshed,) = house.refresh().refreshed
        assert len(house.mine["Mornings"]) == 108
        assert not dead.intersection(house.mine["Mornings"])
    assert (refreshed.error, refreshed.plan.status) == (None, "unchanged")


def test_an_outage_of_additions_in_two_runs_shortens_no_list_and_is_made_up_for_after_it(
    house: House,
) -> None:
    house.refresh()
    before = house.mine["Mornings"]
    house.tomorrow()
    wanted = planned(house)
    house.sandbox.faults.add(
        Fault("error_before", "POST", "/playlists/{id}/items", times=None, status=502)
    )
    for _ in range(2):
        house.refresh()
        assert len(house.mine["Mornings"]) == len(before)
    house.sandbox.faults.clear()
    house.refresh()
    assert house.mine["Mornings"] == wanted
