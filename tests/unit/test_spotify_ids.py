"""Every form in which people and exports write what is at Spotify."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.names import linked, playlist_id_in, spotify_id

ID = "4iV5W9uYEdYUVa79Axb7Rh"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"spotify:track:{ID}",
        f"spotify://track/{ID}",
        f"https://open.spotify.com/track/{ID}",
        f"http://open.spotify.com/track/{ID}/",
        f"open.spotify.com/track/{ID}?si=0123&nd=1",
        f"https://open.spotify.com/intl-de/track/{ID}?si=0123#x",
        f"https://open.spotify.com/embed/track/{ID}",
        f"https://play.spotify.com/track/{ID}",
        f"https://api.spotify.com/v1/tracks/{ID}",
        f"  HTTPS://Open.Spotify.com/Track/{ID}\n",
    ],
)
def test_a_track_is_named_in_many_ways(text: str) -> None:
    assert spotify_id(text, "track") == ID


@pytest.mark.parametrize(
    "text",
    [
        f"spotify:playlist:{ID}",
        f"spotify:user:ina.vale:playlist:{ID}",
        f"https://open.spotify.com/user/ina.vale/playlist/{ID}?si=1",
        f"https://open.spotify.com/intl-pt/playlist/{ID}",
    ],
)
def test_a_playlist_is_named_with_or_without_its_owner(text: str) -> None:
    assert playlist_id_in(text) == ID
    assert linked(text) == ("playlist", ID)
    assert spotify_id(text, "track") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Slow Morning",
        ID[:-1],
        f"{ID}x",
        f"https://open.spotify.com.evil.example/track/{ID}",
        f"https://evil.example/track/{ID}",
        f"https://open.spotify.com@evil.example/track/{ID}",
        f"spotify:local:a:b:{ID}:1",
        f"spotify:episode:{ID}",
        f"spotify:track:{ID} and more",
    ],
)
def test_other_texts_name_nothing(text: str) -> None:
    assert linked(text) is None
    assert spotify_id(text, "track") is None


@given(st.text())
def test_no_text_is_more_than_an_id_or_none(text: str) -> None:
    found = spotify_id(text, "track")
    assert found is None or len(found) == 22
