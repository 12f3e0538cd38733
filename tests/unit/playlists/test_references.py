"""Which playlist is meant."""

from __future__ import annotations

import pytest

from segue.names import playlist_id_in, track_id_in
from segue.playlists.inventory import find_playlist, own_playlists

ID = "37i9dQZF1DXcZDD7cfEKhW"


@pytest.mark.parametrize(
    "reference",
    [
        ID,
        f"spotify:playlist:{ID}",
        f"https://open.spotify.com/playlist/{ID}?si=abc",
        f"https://open.spotify.com/intl-de/playlist/{ID}",
    ],
)
def test_an_id_is_found_in_a_link(reference: str) -> None:
    assert playlist_id_in(reference) == ID


def test_a_name_is_no_id() -> None:
    assert playlist_id_in("Gym") is None


def test_only_a_track_has_a_track_id() -> None:
    assert track_id_in("spotify:track:abc") == "abc"
    assert track_id_in("abc") == "abc"
    assert track_id_in("spotify:local:::tape:60") is None
    assert track_id_in("spotify:episode:abc") is None
    assert track_id_in("") is None


def test_a_playlist_is_found_by_its_name_whatever_the_case(lab) -> None:
    inventory = lab.inventory(playlists=[lab.playlist("p1", [], "Gym")])
    assert find_playlist("gym", inventory).summary.id == "p1"


def test_the_exact_name_comes_before_another_case(lab) -> None:
    twins = [lab.playlist("p1", [], "gym"), lab.playlist("p2", [], "Gym")]
    assert find_playlist("Gym", lab.inventory(playlists=twins)).summary.id == "p2"


def test_the_own_playlist_of_a_name_is_meant(lab) -> None:
    twins = [lab.playlist("p1", [], "Gym", owner_id="other"), lab.playlist("p2", [], "Gym")]
    assert find_playlist("Gym", lab.inventory(playlists=twins)).summary.id == "p2"


def test_two_own_playlists_of_a_name_are_reported_apart_by_id(lab) -> None:
    twins = [lab.playlist("p1", [], "Gym"), lab.playlist("p2", [], "Gym")]
    assert "by its id (p1, p2)" in find_playlist("Gym", lab.inventory(playlists=twins))


def test_an_unreadable_playlist_says_why(lab) -> None:
    summary = lab.playlist(ID, [], "Gym").summary
    inventory = lab.inventory(summaries=(summary,), unread={ID: "Spotify answers 403"})
    for reference in ("Gym", ID):
        assert "Spotify answers 403" in find_playlist(reference, inventory)


def test_a_playlist_not_read_yet_says_what_to_do(lab) -> None:
    inventory = lab.inventory(summaries=(lab.playlist("p1", [], "Gym").summary,))
    assert "segue sync" in find_playlist("Gym", inventory)


def test_a_missing_playlist_says_so(lab) -> None:
    assert "no playlist called “Gym”" in find_playlist("Gym", lab.inventory())
    assert "no app may read" in find_playlist("discover weekly", lab.inventory())
    assert "deleted" in find_playlist("5x" * 11, lab.inventory())
    assert "Spotify lets no app read" in find_playlist(ID, lab.inventory())


def test_what_recipes_make_is_not_among_the_own_playlists(lab) -> None:
    inventory = lab.inventory(
        playlists=[lab.playlist(i, []) for i in ("p1", "p2")], recipe_playlists={"r": "p1"}
    )
    assert [found.summary.id for found in own_playlists(inventory)] == ["p2"]
