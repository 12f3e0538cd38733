"""New songs on trial on an account: which stay, which leave, where they go, what is said of it."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from segue.errors import ConfigError
from segue.playlists.trials import reported, stands_now
from segued.run import Run
from segued.sandbox.account.words import share_of
from segued.store.state import State

TRIAL = """
[discover]
calls_a_day = 200
labs_url = "{labs}"

[[playlist]]
name = "New"
from = "similar:reccobeats"
discover = {{ new = 5, keep_if = "{keep}", graduate = "{to}" }}
[playlist.write]
min_tracks = 0
max_shrink = 1.0
"""


def trying(house, keep: str = "played again within 21 days", to: str = ""):
    house.recipes = TRIAL.format(labs=house.sandbox.labs_url, keep=keep, to=to)
    return house


def later(house, days: float) -> None:
    """Let days pass, for the sandbox too."""
    house.now += timedelta(days=days)
    house.sandbox.clock.advance(days=days)
    house.log_in()


def refreshed(house):
    (done,) = house.refresh().refreshed
    assert done.error is None, done.error
    return done


def held(house) -> list[str]:
    return [uri.rpartition(":")[2] for uri in refreshed(house).plan.uris]


def state_of(house, look):
    with (
        closing(State.open(house.folder)) as state,
        Run(house.settings, state, {}, lambda: house.now) as run,
    ):
        return look(run)


def outcomes(house) -> dict[str, str]:
    songs = state_of(house, lambda run: run.inventory().outside.newcomers["new"])
    return {song.track_id: song.outcome for song in songs}


def play(house, track_id: str, *days: float) -> None:
    """Play a song after so many days, one after the other."""
    for day in days:
        later(house, day)
        house.sandbox.human.play(track_id)
        refreshed(house)


def test_what_is_played_again_stays_and_what_is_ignored_leaves_for_a_year(house) -> None:
    first = held(trying(house))
    assert len(first) == 5
    play(house, first[0], 1, 2)
    later(house, 19)
    after = held(house)
    assert outcomes(house)[first[0]] == "kept"
    assert first[0] in after
    assert not set(after) & set(first[1:])
    assert len(after) == 6
    later(house, 21)
    assert not set(held(house)) & set(first[1:])


def test_a_second_refresh_changes_nothing_and_says_how_long_they_are_on_trial(house) -> None:
    first = set(held(trying(house)))
    later(house, 2)
    done = refreshed(house)
    assert set(done.plan.uris) == {f"spotify:track:{i}" for i in first}
    reasons = {r.text for row in done.plan.after for r in row.reasons if r.kind == "trial"}
    assert reasons == {"on trial since 20 Nov, 2 of 21 days"}
    assert any("on trial: 5 of 5 songs" in note for note in done.plan.notes)


def test_what_is_liked_stays_where_only_that_counts(house) -> None:
    first = held(trying(house, keep="liked"))
    later(house, 1)
    house.sandbox.human.like(first[0])
    house.sandbox.human.play(first[1])
    later(house, 1)
    house.sandbox.human.play(first[1])
    held(house)
    found = outcomes(house)
    assert found[first[0]] == "kept"
    assert found[first[1]] == "trying"


def test_what_stays_graduates_into_a_playlist_and_makes_room(house) -> None:
    target = house.sandbox.human.create_playlist("Keepers")
    first = held(trying(house, to="playlist:Keepers"))
    play(house, first[0], 1, 2)
    rows = house.sandbox.world.account.playlists[target].uris
    assert rows == (f"spotify:track:{first[0]}",)
    later(house, 1)
    after = held(house)
    assert first[0] not in after
    assert len(after) == 5
    assert house.sandbox.world.account.playlists[target].uris == rows


def test_a_playlist_is_kept_as_a_version_before_a_song_graduates_into_it(house) -> None:
    held_before = list(house.sandbox.world.account.likes)[:3]
    uris = [f"spotify:track:{track_id}" for track_id in held_before]
    target = house.sandbox.human.create_playlist("Keepers", uris)
    first = held(trying(house, to="playlist:Keepers"))
    play(house, first[0], 1, 2)
    rows = house.sandbox.world.account.playlists[target].uris
    assert rows == (*uris, f"spotify:track:{first[0]}")
    kept = state_of(house, lambda run: run.state.versions.list(target))
    assert [each.uris for each in kept] == [tuple(uris)]


def test_what_stays_graduates_into_likes_where_the_login_allows_it(house) -> None:
    first = held(trying(house, to="liked"))
    assert "user-library-modify" in house.settings.more_scopes
    play(house, first[0], 1, 2)
    assert first[0] in house.sandbox.world.account.likes


def test_without_the_scope_it_waits_in_the_list_and_says_so(house) -> None:
    first = held(trying(house, to="liked"))
    given = house.sandbox.tokens
    scopes = " ".join(sorted(set(given()["scope"].split()) - {"user-library-modify"}))
    house.sandbox.tokens = lambda *_: given(scopes)
    play(house, first[0], 1, 2)
    done = refreshed(house)
    assert first[0] in {uri.rpartition(":")[2] for uri in done.plan.uris}
    assert any("run `segue auth login` once more" in note for note in done.plan.notes)
    assert first[0] not in house.sandbox.world.account.likes


def test_taken_out_by_hand_is_left_and_its_place_is_filled(house) -> None:
    first = held(trying(house))
    house.sandbox.human.remove(house.id_of("New"), [f"spotify:track:{first[0]}"])
    later(house, 1)
    after = held(house)
    assert outcomes(house)[first[0]] == "left"
    assert first[0] not in after
    assert len(after) == 5


@pytest.mark.parametrize("mode", ["append", "rotate"])
def test_only_a_list_that_is_made_anew_tries_songs(house, mode: str) -> None:
    trying(house).recipes += f'mode = "{mode}"\n'
    with pytest.raises(ConfigError, match="discover"):
        _ = house.settings


@pytest.mark.slow
def test_within_twelve_weeks_most_places_go_to_the_engine_whose_songs_are_heard_again(
    house,
) -> None:
    both = 'from = ["similar:reccobeats", "similar:lastfm"]'
    house.recipes = trying(house).recipes.replace('from = "similar:reccobeats"', both)
    held(house)
    for _ in range(12):
        for song in state_of(house, lambda run: run.inventory().outside.newcomers["new"]):
            wanted = song.brought_by == "Last.fm" and share_of(song.track_id, "heard") < 0.6
            if song.outcome == "trying" and wanted:
                house.sandbox.human.play(song.track_id, at=house.now + timedelta(days=1))
                house.sandbox.human.play(song.track_id, at=house.now + timedelta(days=3))
        later(house, 7)
        held(house)
    songs = state_of(
        house, lambda run: stands_now([r.recipe for r in run.recipes], run.inventory(), run.now)
    )
    report = {row.engine: row for row in reported(songs)}
    assert report["Last.fm"].share > 0.7
    assert report["ReccoBeats"].stayed == 0
    assert report["Last.fm"].interval[0] > report["ReccoBeats"].interval[0]
