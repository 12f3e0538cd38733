"""What a recipe names and the account does not have."""

from __future__ import annotations

import pytest

from segue.errors import MissingError
from segue.playlists.gather.missing import missing_in, require_all, stale_in
from segue.recipe.recipe import Recipe
from segue.recipe.sections import LikeText, LikeTrack, SequenceSettings, Where
from segue.recipe.sources import FromPlaylist, FromRecipe, Liked, SourceSet, TheseTracks, TopTracks

GYM = FromPlaylist("Gym")


def recipe(source=GYM, **more) -> Recipe:
    return Recipe(id="r", name="R", source=source, **more)


def keys(found) -> list[str]:
    return [each.key for each in found]


@pytest.mark.parametrize(
    "source",
    [GYM, FromRecipe("other"), TopTracks("short"), TheseTracks(("t9",)), SourceSet((Liked(), GYM))],
)
def test_a_source_that_is_not_there_is_missing(lab, source) -> None:
    assert keys(missing_in(recipe(source), lab.inventory(["t1"]))) == ["from"]


def test_nothing_is_missing_where_all_is_there(lab) -> None:
    inventory = lab.inventory(["t1"], [lab.playlist("p", ["t2"], "Gym")], top={"short": ()})
    parts = (GYM, Liked(), TopTracks("short"), TheseTracks(("t2",)), FromRecipe("b"))
    whole = recipe(
        SourceSet(parts),
        seeds=("playlist:gym",),
        where=Where(in_playlist=("GYM",), not_in_playlist=("*",)),
        sequence=SequenceSettings.model_construct(first="t1", at={"t2": 3}, apart=(("t1", "t2"),)),
    )
    from dataclasses import replace

    assert missing_in(whole, replace(inventory, planned={"b": ()})) == ()


def test_every_missing_thing_is_named_at_once(lab) -> None:
    whole = recipe(
        where=Where(any_of=(Where(), Where(in_playlist=("Run",), like_text=LikeText(text="rain")))),
        seeds=("Some Song - Nobody",),
        sequence=SequenceSettings.model_construct(last="t9"),
    )
    found = missing_in(whole, lab.inventory(["t1"]))
    assert keys(found) == [
        "from",
        "where.any[1].in_playlist",
        "where.any[1].like_text.text",
        "seeds",
        "sequence.last",
    ]
    with pytest.raises(MissingError) as caught:
        require_all(whole, lab.inventory(["t1"]))
    assert all(each.why in str(caught.value) for each in found)


def test_what_nobody_looked_for_yet_is_pending(lab) -> None:
    seeds = ("Some Song - Nobody", "Other Song - Nobody")
    inventory = lab.inventory(["t1"], not_found=frozenset({"Other Song - Nobody", "t8"}))
    sought = recipe(TheseTracks(("t8", "t9")), seeds=seeds)
    assert [(each.reference, each.pending) for each in missing_in(sought, inventory)] == [
        ("track:t8", False),
        ("track:t9", True),
        (seeds[0], True),
        (seeds[1], False),
    ]


def test_a_near_name_is_offered_with_its_id(lab) -> None:
    inventory = lab.inventory(["t1"], [lab.playlist("p1", [], "Slow Mornings")])
    (found,) = missing_in(recipe(FromPlaylist("Slow Mornin")), inventory)
    assert found.why.endswith("did you mean “Slow Mornings” (p1)?")
    (song,) = missing_in(recipe(Liked(), seeds=("Sonng t1 - Artist t1",)), inventory)
    assert song.why.endswith("did you mean “Song t1 - Artist t1” (t1)?")


def test_a_track_that_others_should_be_like_needs_known_lyrics(lab) -> None:
    where = Where(like_track=LikeTrack.model_construct(track="t1"))
    (found,) = missing_in(recipe(Liked(), where=where), lab.inventory(["t1", "t2"]))
    assert "the lyrics of “Song t1” are not known" in found.why


def test_skipping_keeps_to_what_may_be_skipped(lab) -> None:
    inventory = lab.inventory(["t1"])
    require_all(recipe(SourceSet((Liked(), GYM)), missing="skip"), inventory)
    with pytest.raises(MissingError):
        require_all(recipe(SourceSet((Liked(),), minus=(GYM,)), missing="skip"), inventory)


def test_a_source_as_it_was_last_read_says_so(lab) -> None:
    gym = lab.playlist("p1", ["t2"], "Gym")
    inventory = lab.inventory(["t1"], [gym], unread={"p1": "Spotify answers 500"})
    (note,) = stale_in(recipe(SourceSet((Liked(), GYM))), inventory)
    assert "as it was last read: Spotify answers 500" in note
    assert note in lab.build(recipe(), inventory).notes


def test_a_kept_playlist_makes_no_name_ambiguous(lab) -> None:
    pair = [lab.playlist("p1", ["t1"], "Gym"), lab.playlist("p2", ["t2"], "gym")]
    assert keys(missing_in(recipe(FromPlaylist("GYM")), lab.inventory((), pair))) == ["from"]
    for kept in ("p1", "p2"):
        inventory = lab.inventory((), pair, kept_by_segue=frozenset({kept}))
        assert missing_in(recipe(FromPlaylist("Gym")), inventory) == ()
        (row,) = lab.build(recipe(FromPlaylist("Gym")), inventory).track_ids
        assert row == {"p1": "t2", "p2": "t1"}[kept]
