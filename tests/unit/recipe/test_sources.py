"""What `from` may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.recipe.source_text import read_source, recipes_named, write_source
from segue.recipe.sources import (
    FromPlaylist,
    FromRecipe,
    Liked,
    RecentPlays,
    SavedAlbums,
    Share,
    Shares,
    Similar,
    Source,
    SourceSet,
    TheseTracks,
    TopTracks,
)

TRACK = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("liked", Liked()),
        ("albums", SavedAlbums()),
        ("plays", RecentPlays()),
        ("top:medium", TopTracks("medium")),
        ("playlist:Road Trip: West", FromPlaylist("Road Trip: West")),
        (f"playlist:https://open.spotify.com/playlist/{TRACK}?si=ab12", FromPlaylist(TRACK)),
        (f"https://open.spotify.com/playlist/{TRACK}", FromPlaylist(TRACK)),
        ("recipe:Slow Sunday", FromRecipe("Slow Sunday")),
        ("similar:reccobeats", Similar("reccobeats")),
        (f"track:{TRACK}", TheseTracks((TRACK,))),
        (f"spotify:track:{TRACK}", TheseTracks((TRACK,))),
        (f"https://open.spotify.com/intl-de/track/{TRACK}?si=x", TheseTracks((TRACK,))),
        (["liked"], Liked()),
        (["liked", "plays"], SourceSet(any_of=(Liked(), RecentPlays()))),
        (
            {"any": "liked", "minus": ["playlist:Gym", {"all": ["plays", "albums"]}]},
            SourceSet(
                any_of=(Liked(),),
                minus=(
                    FromPlaylist("Gym"),
                    SourceSet(all_of=(RecentPlays(), SavedAlbums())),
                ),
            ),
        ),
    ],
)
def test_a_source_is_read(written: object, source: Source) -> None:
    assert read_source(written) == (source, ())


@pytest.mark.parametrize(
    ("written", "path", "words"),
    [
        ("likes", (), 'Did you mean "liked"'),
        ("Liked", (), 'Did you mean "liked"'),
        ("Road Trip", (), "playlist:"),
        ("top:forever", (), "top:short"),
        ("top", (), "top:short"),
        ("similar:spotify", (), "similar:reccobeats"),
        ("playlist:", (), 'Write "playlist:NAME"'),
        ("track:abc", (), "Copy Song Link"),
        ([], (), "draws on nothing"),
        (3, (), "is not a source"),
        (["liked", "albms"], (1,), 'Did you mean "albums"'),
        ({"any": ["liked"], "minuss": []}, ("minuss",), "Did you mean 'minus'"),
        ({"minus": ["liked"]}, (), "nothing to draw on"),
        ({"any": ["liked", {"all": ["x"]}]}, ("any", 1, "all", 0), "unknown source"),
    ],
)
def test_a_mistake_in_a_source_names_its_place_and_a_way_out(
    written: object, path: tuple[str | int, ...], words: str
) -> None:
    source, mistakes = read_source(written)
    assert source is None
    assert [mistake.path for mistake in mistakes] == [path]
    assert words in f"{mistakes[0].message} {mistakes[0].suggestion}"


def test_every_mistake_in_a_source_is_found() -> None:
    _, mistakes = read_source(["likd", {"any": ["albms"], "mins": []}])
    assert {mistake.path for mistake in mistakes} == {(0,), (1, "any", 0), (1, "mins")}


plain = st.one_of(
    st.sampled_from([Liked(), SavedAlbums(), RecentPlays(), TopTracks("short")]),
    st.sampled_from(["Gym", "a: b", TRACK]).map(FromPlaylist),
    st.sampled_from(["Gym", "x"]).map(FromRecipe),
    st.just(TheseTracks((TRACK,))),
)


def sets(inner: st.SearchStrategy[Source]) -> st.SearchStrategy[Source]:
    few = st.lists(inner, max_size=2).map(tuple)
    built = st.builds(SourceSet, any_of=few, all_of=few, minus=few)
    return built.filter(lambda found: bool(found.any_of or found.all_of))


@given(st.recursive(plain, sets, max_leaves=6))
def test_a_source_reads_back_as_written(source: Source) -> None:
    assert read_source(write_source(source)) == (source, ())


def test_the_recipes_a_source_draws_on_are_found_at_any_depth() -> None:
    source, _ = read_source({"any": ["recipe:A"], "minus": [{"all": ["recipe:B", "liked"]}]})
    assert source is not None
    assert recipes_named(source) == ("A", "B")


@pytest.mark.parametrize(
    ("written", "source"),
    [
        (
            {"shares": [["liked oldest", 50], ["playlist:Gym", 30, "newest"], ["albums", 20]]},
            Shares(
                (
                    Share(Liked(), 50, "oldest"),
                    Share(FromPlaylist("Gym"), 30, "newest"),
                    Share(SavedAlbums(), 20),
                )
            ),
        ),
        (
            {
                "shares": [[["liked", "plays"], 99.5], ["recipe:Run the oldest", 0.5]],
                "minus": "playlist:Out",
                "layout": "blocks",
            },
            Shares(
                (
                    Share(SourceSet(any_of=(Liked(), RecentPlays())), 99.5),
                    Share(FromRecipe("Run the oldest"), 0.5),
                ),
                (FromPlaylist("Out"),),
                "blocks",
            ),
        ),
    ],
)
def test_shares_are_read_and_written(written: object, source: Source) -> None:
    assert read_source(written) == (source, ())
    assert read_source(write_source(source)) == (source, ())


@pytest.mark.parametrize(
    ("written", "path", "words"),
    [
        ({"shares": [["liked", 50], ["albums", 40]]}, ("shares",), "the shares come to 90"),
        ({"shares": [["likd", 100]]}, ("shares", 0, 0), 'Did you mean "liked"'),
        ({"shares": [["liked oldst", 100]]}, ("shares", 0), 'Did you mean "oldest"'),
        ({"shares": [["liked", 0], ["albums", 100]]}, ("shares", 0, 1), "number of percent"),
        ({"shares": [["liked", "half"]]}, ("shares", 0, 1), "number of percent"),
        ({"shares": ["liked"]}, ("shares", 0), "its percent"),
        ({"shares": []}, ("shares",), "no shares"),
        ({"shares": [["liked", 100]], "layout": "block"}, ("layout",), 'Did you mean "blocks"'),
        ({"shares": [["liked", 100]], "mins": "albums"}, ("mins",), "Did you mean 'minus'"),
        ({"any": [{"shares": [["liked", 100]]}]}, ("any", 0), "stand alone"),
        ({"shars": [["liked", 100]]}, ("shars",), "Did you mean 'shares'"),
    ],
)
def test_a_mistake_in_shares_names_its_place_and_a_way_out(
    written: object, path: tuple[str | int, ...], words: str
) -> None:
    source, mistakes = read_source(written)
    assert source is None
    assert mistakes[0].path == path
    assert words in f"{mistakes[0].message} {mistakes[0].suggestion}"


def test_every_source_of_shares_is_seen() -> None:
    source = Shares((Share(FromRecipe("a"), 100),), (SourceSet(all_of=(FromRecipe("b"),)),))
    assert recipes_named(source) == ("a", "b")
