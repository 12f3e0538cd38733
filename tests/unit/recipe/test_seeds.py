"""What `seeds` may say."""

from __future__ import annotations

import pytest

from segue.recipe.values import read_seeds
from segued.config.load import check

ID = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Lovely Day - Bill Withers", "Lovely Day - Bill Withers"),
        (ID, f"spotify:track:{ID}"),
        (f"track:{ID}", f"spotify:track:{ID}"),
        (f"spotify:track:{ID}", f"spotify:track:{ID}"),
        (f"https://open.spotify.com/track/{ID}?si=1", f"spotify:track:{ID}"),
        (f"https://open.spotify.com/playlist/{ID}", f"playlist:{ID}"),
        ("playlist:Road Trip", "playlist:Road Trip"),
    ],
)
def test_a_seed_is_a_song_or_a_playlist(written: str, read: str) -> None:
    assert read_seeds(written) == (read,)
    assert read_seeds([written]) == (read,)
    assert read_seeds(read) == (read,)


@pytest.mark.parametrize("written", ["Lovely Day", "playlist:", "", " - ", 3, ["a - b", 4], {}])
def test_what_is_no_seed_says_how_to_write_one(written: object) -> None:
    with pytest.raises(ValueError, match=r"Title - Artist"):
        read_seeds(written)


def test_a_recipe_keeps_its_seeds() -> None:
    text = '[[playlist]]\nname = "A"\nfrom = "liked"\nseeds = "One - Two"\n'
    assert check(text, "c", {}).settings.playlists[0].seeds == ("One - Two",)
