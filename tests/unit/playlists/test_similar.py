"""What a service named, as a source: new to the user, and with the song it stands beside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segue.playlists.gather.outside import disliked_tracks
from segue.playlists.gather.pool import gather
from segue.playlists.library import Outside, Suggestion, Suggestions
from segue.recipe.sources import Similar

RECCOBEATS = Similar("reccobeats")


def named(lab, *songs: Suggestion, **more):
    found = {"reccobeats": Suggestions(lab.now, songs)}
    return replace(lab.inventory(**more), outside=Outside(suggested=found))


def song(lab, track_id: str, **changes) -> Suggestion:
    values = {"track_id": track_id, "looked_at": lab.now}
    return Suggestion(f"Song {track_id}", f"Artist {track_id}", "t1", **(values | changes))


def test_a_song_that_was_found_is_drawn_on_with_the_song_it_stands_beside(lab) -> None:
    inventory = named(lab, song(lab, "t5"), tracks=lab.tracks("t1", "t5"))
    pool = gather(RECCOBEATS, inventory)
    (origin,) = pool.origins["t5"]
    assert (origin.name, origin.beside) == ("ReccoBeats", "Song t1")


@pytest.mark.parametrize("how", ["liked", "in a playlist", "another version"])
def test_what_one_has_is_not_drawn_on(lab, how: str) -> None:
    tracks = lab.tracks("t1", "t5", "t6")
    more = {"liked": ["t5"]} if how == "liked" else {}
    if how == "in a playlist":
        more = {"playlists": [lab.playlist("p", ["t5"])]}
    if how == "another version":
        tracks["t6"] = replace(
            tracks["t6"],
            title="Song t5 (Remastered 2009)",
            artists=tracks["t5"].artists,
            duration_ms=tracks["t5"].duration_ms,
        )
        more = {"liked": ["t6"]}
    inventory = named(lab, song(lab, "t5"), tracks=tracks, **more)
    assert not gather(RECCOBEATS, inventory).origins


def test_songs_that_were_not_looked_up_are_counted_in_a_note(lab) -> None:
    waiting = song(lab, "", looked_at=None)
    inventory = named(lab, song(lab, "t5"), waiting, tracks=lab.tracks("t1", "t5"))
    (note,) = gather(RECCOBEATS, inventory).notes
    assert note == "ReccoBeats: 1 of the 2 songs it names were not looked up yet"


def test_skipped_twice_and_mostly_is_disliked_and_once_is_not(lab) -> None:
    skips = {"t1": 2, "t2": 1, "t3": 2}
    inventory = replace(lab.inventory(plays=[("t3", 1), ("t3", 2), ("t3", 3)]), skips=skips)
    assert disliked_tracks(inventory) == {"t1"}


def test_taken_out_by_hand_of_any_list_is_disliked(lab) -> None:
    inventory = replace(lab.inventory(), kept_out={"gym": frozenset({"spotify:track:t9"})})
    assert disliked_tracks(inventory) == {"t9"}
