"""What no recipe may bring in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segue.errors import RecipeError
from segue.music.track import Artist
from segue.playlists.library import Never
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sources import Liked

ALL = Recipe(id="r", name="R", source=Liked()).settled()
IDS = ["t1", "t2", "t3", "t4", "t5", "t6"]


def built(lab, never: Never, recipe: Recipe = ALL, **more) -> tuple[set[str], tuple[str, ...]]:
    draft = lab.build(recipe, replace(lab.inventory(IDS, **more), never=never))
    return {item.uri.rpartition(":")[2] for item in draft.items}, draft.notes


def test_an_artist_named_by_id_is_in_no_playlist_and_the_reason_is_a_note(lab) -> None:
    held, notes = built(lab, Never({"at2": "on the list robots.csv"}))
    assert held == set(IDS) - {"t2"}
    said = "[never] leaves out 1 track by artists on the list robots.csv (Artist t2)"
    assert said in notes


def test_another_artist_of_the_same_name_is_let_in(lab) -> None:
    twin = lab.track("t2", artists=(Artist("Artist t1", "another"),))
    held, _ = built(lab, Never({"at1": "named"}), tracks={"t2": twin})
    assert held == set(IDS) - {"t1"}


def test_a_guest_on_a_track_keeps_it_out_too(lab) -> None:
    together = lab.track("t2", artists=(Artist("Artist t2", "at2"), Artist("Robot", "bot")))
    held, _ = built(lab, Never({"bot": "named"}), tracks={"t2": together})
    assert held == set(IDS) - {"t2"}


def test_an_exception_by_name_is_let_in(lab) -> None:
    never = Never({"at1": "named", "at2": "named"}, excepted=frozenset({"artist t2"}))
    held, _ = built(lab, never)
    assert held == set(IDS) - {"t1"}


def test_what_a_playlist_of_never_holds_stays_out(lab) -> None:
    sleep = lab.playlist("p", ["t3", "t5"], "Sleep")
    held, notes = built(lab, Never(playlists=("Sleep",)), playlists=[sleep])
    assert held == set(IDS) - {"t3", "t5"}
    assert "[never] leaves out 2 tracks in “Sleep” (Artist t3 and Artist t5)" in notes


@pytest.mark.parametrize(
    "never",
    [Never(playlists=("No such",)), Never(problem="lists: ~/robots.txt cannot be read")],
    ids=["a playlist that is not there", "a list that cannot be read"],
)
def test_nothing_is_chosen_where_it_is_not_known_what_should_stay_out(lab, never) -> None:
    with pytest.raises(RecipeError, match=r"\[never\] .*safely"):
        built(lab, never)


def test_rotation_puts_out_what_came_in_before(lab) -> None:
    recipe = ALL.model_copy(update={"length": 4, "write": WritePolicy(mode="rotate", rotate=1)})
    made = {"r": (("t1", "t2", "t3", "t4"),)}
    held, _ = built(lab, Never({"at1": "named", "at2": "named"}), recipe, made=made)
    assert not held & {"t1", "t2"}
    assert len(held) == 4


def test_what_was_added_by_hand_stays(lab) -> None:
    held, _ = built(lab, Never({"at1": "named"}), kept_in={"r": ("t1",)})
    assert "t1" in held
