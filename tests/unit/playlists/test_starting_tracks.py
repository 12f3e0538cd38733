"""Seeds: which tracks a recipe's models start from."""

from __future__ import annotations

import pytest

from segue.music.track import Artist
from segue.playlists.gather.collected import LATEST_LIKES, starting_tracks
from segue.recipe.values import title_and_artist


def test_a_song_is_found_by_title_and_artist_either_way_round(lab) -> None:
    track = lab.track("t1", title="Lovely Day", artists=(Artist("Bill Withers", "w"),))
    inventory = lab.inventory(tracks={"t1": track})
    for words in ("Lovely Day - Bill Withers", "bill withers – LOVELY DAY"):
        assert starting_tracks((words,), inventory).seeds == ("t1",)
    assert starting_tracks(("Lovely Day - Somebody",), inventory).seeds == ()


def test_a_title_with_a_dash_is_read_at_each(lab) -> None:
    track = lab.track("t1", title="One - Two", artists=(Artist("Three", "w"),))
    assert starting_tracks(("One - Two - Three",), lab.inventory(tracks={"t1": track})).seeds == (
        "t1",
    )
    assert title_and_artist("nothing") == []


def test_a_seed_that_was_searched_for_is_known_by_its_words(lab) -> None:
    inventory = lab.inventory(tracks=lab.tracks("t4"), seeds={"Some Song - Them": "t4"})
    assert starting_tracks(("Some Song - Them",), inventory).seeds == ("t4",)


@pytest.mark.parametrize("seed", ["Some Song - Them", "spotify:track:gone", "playlist:None Such"])
def test_a_seed_that_is_not_found_is_named(lab, seed) -> None:
    found = starting_tracks((seed,), lab.inventory(["t1"]))
    assert (found.seeds, found.playlist) == ((), ())
    assert seed.removeprefix("spotify:track:") in found.notes[0]


def test_a_playlist_is_gone_on_from_in_its_order(lab) -> None:
    inventory = lab.inventory(playlists=[lab.playlist("p", ["t3", lab.local(), "t1"], "Road")])
    found = starting_tracks(("playlist:Road",), inventory)
    assert (found.seeds, found.playlist, found.label) == ((), ("t3", "t1"), "“Road”")


def test_without_seeds_the_latest_likes_stand_for_them_oldest_first(lab) -> None:
    ids = [f"t{n}" for n in range(LATEST_LIKES + 5)]
    found = starting_tracks((), lab.inventory(ids))
    assert found.playlist == tuple(reversed(ids[:LATEST_LIKES]))
