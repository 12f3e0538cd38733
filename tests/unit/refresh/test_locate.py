from __future__ import annotations

from dataclasses import replace

from segue.playlists.library import PlaylistSummary
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sources import Liked
from segued.refresh.guards import locate
from segued.store.playlists import Binding

RECIPE = Recipe(id="calm", name="Calm", source=Liked())
BOUND = Binding("calm", "p1", "Calm", "f")


def summary(playlist_id: str, **more: object) -> PlaylistSummary:
    return replace(PlaylistSummary(playlist_id, "Calm", "me", "s"), **more)  # type: ignore[arg-type]


def naming(playlist_id: str, *, adopt: bool = False) -> Recipe:
    return RECIPE.model_copy(
        update={"write": WritePolicy.model_construct(playlist_id=playlist_id, adopt=adopt)}
    )


def test_a_bound_playlist_is_taken_though_another_has_the_mark() -> None:
    listed = (summary("p2", description="segue:calm"), summary("p1"))
    found = locate(RECIPE, BOUND, listed, "me")
    assert (found.kind, found.playlist_id) == ("bound", "p1")


def test_a_bound_playlist_that_is_gone_pauses_the_recipe() -> None:
    found = locate(RECIPE, BOUND, (summary("p2"),), "me")
    assert (found.kind, found.playlist_id) == ("paused", None)
    assert "gone" in found.text


def test_a_bound_playlist_that_came_back_is_written_again() -> None:
    paused = replace(BOUND, paused_reason="gone")
    assert locate(RECIPE, paused, (summary("p1"),), "me").kind == "bound"


def test_without_a_binding_the_mark_finds_the_playlist() -> None:
    found = locate(RECIPE, None, (summary("p1", description="x · segue:calm"),), "me")
    assert (found.kind, found.playlist_id) == ("found", "p1")


def test_the_mark_of_somebody_else_is_not_ours() -> None:
    listed = (summary("p1", description="segue:calm", owner_id="another"),)
    assert locate(RECIPE, None, listed, "me").kind == "create"


def test_two_marks_are_not_guessed_between() -> None:
    listed = (summary("p1", description="segue:calm"), summary("p2", description="segue:calm"))
    assert locate(RECIPE, None, listed, "me").kind == "refused"


def test_the_name_alone_finds_nothing() -> None:
    assert locate(RECIPE, None, (summary("p1"),), "me").kind == "create"


def test_a_named_playlist_needs_adopt() -> None:
    assert locate(naming("p1"), None, (summary("p1"),), "me").kind == "refused"
    assert locate(naming("p1", adopt=True), None, (summary("p1"),), "me").kind == "adopted"


def test_a_named_playlist_with_the_mark_needs_no_adopt() -> None:
    listed = (summary("p1", description="segue:calm"),)
    assert locate(naming("p1"), None, listed, "me").kind == "found"


def test_a_named_playlist_that_is_not_there_is_refused_not_created() -> None:
    assert locate(naming("p9", adopt=True), None, (), "me").kind == "refused"


def test_a_recipe_that_is_to_move_leaves_its_old_playlist() -> None:
    found = locate(naming("p2", adopt=True), BOUND, (summary("p1"), summary("p2")), "me")
    assert (found.kind, found.playlist_id) == ("adopted", "p2")


def test_a_playlist_of_others_is_refused_unless_it_is_collaborative() -> None:
    listed = (summary("p1", owner_id="another"),)
    assert locate(naming("p1", adopt=True), None, listed, "me").kind == "refused"
    shared = (summary("p1", owner_id="another", collaborative=True),)
    assert locate(naming("p1", adopt=True), None, shared, "me").kind == "adopted"
