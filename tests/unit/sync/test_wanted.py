"""What recipes need of an account."""

from __future__ import annotations

from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segue.recipe.sections import Where
from segue.recipe.sources import FromPlaylist, Liked, SavedAlbums, SourceSet, TheseTracks, TopTracks
from segued.sync.wanted import Wanted, wanted_by


def test_a_recipe_of_likes_wants_nothing_more() -> None:
    assert wanted_by([Recipe(id="r", name="R", source=Liked())]) == Wanted()


def test_what_nested_sources_and_filters_name_is_wanted() -> None:
    source = SourceSet(
        any_of=(Liked(), SourceSet(all_of=(SavedAlbums(), TopTracks("short")))),
        minus=(FromPlaylist("Gym"), TheseTracks(("t1", "t2"))),
    )
    where = Where(in_playlist=("A",), none_of=(Where(not_in_playlist=("B",)),))
    other = Recipe(id="o", name="O", source=TopTracks("long"))
    wanted = wanted_by([Recipe(id="r", name="R", source=source, where=where), other])
    assert wanted.albums
    assert wanted.top == {"short", "long"}
    assert wanted.references == {"Gym", "A", "B"}
    assert wanted.track_ids == ("t1", "t2")


def test_a_playlist_is_named_by_name_id_or_link() -> None:
    playlist = PlaylistSummary("3toMXYM91T55pKzuysH5Ph", "Gym", "me", "s")
    link = "https://open.spotify.com/playlist/3toMXYM91T55pKzuysH5Ph?si=1"
    for reference in ("gym", " Gym ", playlist.id, f"spotify:playlist:{playlist.id}", link):
        assert Wanted(references=frozenset({reference})).names(playlist)
    assert not Wanted(references=frozenset({"Gymnastics"})).names(playlist)
