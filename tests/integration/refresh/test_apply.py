from __future__ import annotations

import dataclasses

import pytest

from segue.errors import ConflictError, GuardError

PUT, POST, DELETE = (f"{method} /playlists/{{id}}/items" for method in ("PUT", "POST", "DELETE"))
DETAILS = "PUT /playlists/{id}"


def test_a_new_playlist_is_created_private_with_its_mark_and_filled(desk) -> None:
    uris = desk.tracks(30)
    outcome = desk.refresh(uris)
    record = desk.sandbox.world.account.playlists[outcome.playlist_id]
    assert outcome.status == "changed"
    assert record.uris == tuple(uris)
    assert (record.name, record.public) == (desk.recipe.name, False)
    assert record.description == f"segue:{desk.recipe.id}"
    assert desk.writes() == ["POST /me/playlists", POST]


def test_a_public_recipe_makes_a_public_playlist_with_its_text(desk) -> None:
    desk.policy(public=True, description="Calm & slow")
    record = desk.sandbox.world.account.playlists[desk.refresh(desk.tracks(9)).playlist_id]
    assert record.public
    assert record.description == f"Calm & slow · segue:{desk.recipe.id}"
    desk.writes()
    assert desk.refresh(desk.tracks(9)).status == "unchanged"
    assert desk.writes() == []


def test_over_a_hundred_tracks_are_written_in_order(desk) -> None:
    uris = desk.tracks(250)
    desk.refresh(uris)
    assert desk.account == tuple(uris)
    turned = uris[::-1]
    desk.writes()
    desk.refresh(turned)
    assert desk.account == tuple(turned)
    assert desk.writes() == [DELETE, POST] * 3


def test_the_second_time_nothing_is_written(desk) -> None:
    uris = desk.tracks(20)
    desk.refresh(uris)
    desk.writes()
    desk.again()
    outcome = desk.refresh(uris)
    assert outcome.status == "unchanged"
    assert desk.writes() == []


def test_both_lists_are_kept_as_versions(desk) -> None:
    first, second = desk.tracks(20), desk.tracks(20, start=5)
    desk.refresh(first)
    desk.refresh(second)
    assert desk.versions() == [tuple(first), tuple(second)]


def test_what_is_added_by_hand_stays(desk) -> None:
    desk.refresh(desk.tracks(20))
    (added,) = desk.tracks(1, start=200)
    desk.sandbox.human.add(desk.playlist_id, [added], 3)
    for chosen in (desk.tracks(20), desk.tracks(20, start=10), desk.tracks(20, start=30)):
        desk.refresh(chosen)
        assert added in desk.account
        assert set(desk.account) == {*chosen, added}


def test_what_is_removed_by_hand_stays_out_until_allowed_again(desk) -> None:
    from segued.refresh.edits import allow_again

    uris = desk.tracks(20)
    desk.refresh(uris)
    desk.sandbox.human.remove(desk.playlist_id, [uris[4]])
    for chosen in (uris, desk.shuffled(uris), [*uris, *desk.tracks(3, start=50)]):
        desk.refresh(chosen)
        assert uris[4] not in desk.account
    desk.state.playlists.bind(allow_again(desk.binding, desk.binding.kept_out))
    desk.refresh(uris)
    assert desk.account == tuple(uris)


def test_a_track_added_and_later_removed_by_hand_goes_and_stays_out(desk) -> None:
    uris = desk.tracks(20)
    (added,) = desk.tracks(1, start=200)
    desk.refresh(uris)
    desk.sandbox.human.add(desk.playlist_id, [added])
    desk.refresh(desk.tracks(20, start=2))
    desk.sandbox.human.remove(desk.playlist_id, [added])
    desk.refresh([*uris, added])
    assert desk.account == tuple(uris)


def test_an_order_by_hand_holds_until_the_members_change(desk) -> None:
    uris = desk.tracks(20)
    desk.refresh(uris)
    desk.sandbox.human.reorder(desk.playlist_id, 0, 10, 2)
    by_hand = desk.account
    for _ in range(2):
        assert desk.refresh(uris).status == "unchanged"
        assert desk.account == by_hand
    changed = [*uris[1:], *desk.tracks(1, start=60)]
    desk.refresh(changed)
    assert desk.account == tuple(changed)


def test_without_respect_for_edits_the_recipe_has_its_way(desk) -> None:
    desk.policy(respect_edits=False)
    uris = desk.tracks(20)
    desk.refresh(uris)
    desk.sandbox.human.remove(desk.playlist_id, uris[:2])
    desk.sandbox.human.add(desk.playlist_id, desk.tracks(1, start=200))
    desk.refresh(uris)
    assert desk.account == tuple(uris)


def test_an_edit_between_plan_and_apply_stops_the_write(desk) -> None:
    desk.refresh(desk.tracks(20))
    plan = desk.plan(desk.tracks(20, start=10))
    desk.sandbox.human.add(desk.playlist_id, desk.tracks(1, start=200))
    before = desk.account
    desk.writes()
    with pytest.raises(ConflictError, match="was edited since it was read"):
        desk.apply(plan)
    assert desk.writes() == []
    assert desk.account == before


def test_a_local_file_stays_where_it_is_and_nothing_is_replaced(desk) -> None:
    uris = desk.tracks(20)
    desk.refresh(uris)
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    desk.sandbox.human.reorder(desk.playlist_id, 20, 7)
    local = desk.account[7]
    chosen = desk.shuffled(desk.tracks(25, start=3))
    desk.refresh(chosen)
    assert desk.account == (*chosen[:7], local, *chosen[7:])


def test_a_plan_that_would_lose_a_local_file_is_refused_by_name(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    plan = desk.plan(desk.tracks(20, start=10))
    less = dataclasses.replace(
        plan, after=tuple(item for item in plan.after if "local" not in item.uri), guards=()
    )
    outcome = desk.apply(less)
    assert outcome.status == "refused"
    assert "Demo tape" in outcome.notes[0]


def test_an_empty_list_is_never_written(desk) -> None:
    desk.policy(min_tracks=0, max_shrink=1.0)
    desk.refresh(desk.tracks(20))
    before = desk.account
    outcome = desk.refresh([])
    assert (outcome.status, desk.account) == ("refused", before)


def test_a_shrinking_list_is_refused_unless_the_guard_is_set_aside(desk) -> None:
    desk.refresh(desk.tracks(20))
    plan = desk.plan(desk.tracks(9))
    assert desk.apply(plan).status == "refused"
    allowed = dataclasses.replace(plan, guards=())
    assert desk.apply(allowed).status == "refused"
    assert desk.apply(allowed, waived={"max_shrink"}).status == "changed"


def test_nothing_is_written_where_writing_is_not_allowed(desk) -> None:
    outcome = desk.apply(desk.plan(desk.tracks(20)), may_write=False)
    assert outcome.status == "refused"
    assert desk.writes() == []


def test_a_playlist_of_the_same_name_is_never_touched(desk) -> None:
    theirs = desk.sandbox.human.create_playlist(desk.recipe.name, desk.tracks(5, start=100))
    outcome = desk.refresh(desk.tracks(20))
    assert outcome.playlist_id != theirs
    kept = desk.sandbox.world.account.playlists[theirs]
    assert kept.uris == tuple(desk.tracks(5, start=100))
    assert desk.refresh(desk.tracks(20)).status == "unchanged"


def test_a_playlist_of_the_users_is_taken_over_only_when_the_recipe_says_so(desk) -> None:
    theirs = desk.sandbox.human.create_playlist("Mine", desk.tracks(10, start=100))
    desk.policy(playlist_id=theirs)
    outcome = desk.refresh(desk.tracks(20))
    assert outcome.status == "refused"
    assert "adopt" in outcome.notes[0]
    desk.policy(adopt=True)
    assert desk.refresh(desk.tracks(20)).playlist_id == theirs
    record = desk.sandbox.world.account.playlists[theirs]
    assert record.uris == tuple(desk.tracks(20))
    assert record.name == "Mine"
    assert desk.own == [theirs]
    assert desk.versions()[0] == tuple(desk.tracks(10, start=100))


def test_a_plan_for_a_playlist_that_is_not_ours_is_refused(desk) -> None:
    theirs = desk.sandbox.human.create_playlist("Mine", desk.tracks(10, start=100))
    plan = desk.plan(desk.tracks(20))
    foreign = dataclasses.replace(
        plan, playlist_id=theirs, before=tuple(desk.tracks(10, start=100))
    )
    outcome = desk.apply(foreign)
    assert outcome.status == "refused"
    assert "not made by Segue" in outcome.notes[0]


def test_a_lost_state_finds_its_playlist_again(desk, tmp_path) -> None:
    uris = desk.tracks(20)
    desk.refresh(uris)
    there = desk.playlist_id
    desk.folder = tmp_path / "another"
    desk.again()
    assert desk.refresh(uris).status == "unchanged"
    assert desk.playlist_id == there
    assert desk.own == [there]


def test_a_deleted_playlist_pauses_its_recipe_and_is_not_raised_again(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.sandbox.human.delete_playlist(desk.playlist_id)
    desk.writes()
    outcome = desk.refresh(desk.tracks(20, start=5))
    assert outcome.status == "refused"
    assert "gone from your account" in outcome.notes[0]
    assert desk.writes() == []


def test_a_resumed_recipe_makes_a_new_playlist(desk) -> None:
    from segued.refresh.edits import resume

    desk.refresh(desk.tracks(20))
    gone = desk.playlist_id
    desk.sandbox.human.delete_playlist(gone)
    desk.state.playlists.bind(resume(desk.binding))
    assert desk.refresh(desk.tracks(20)).status == "changed"
    assert desk.playlist_id != gone


def test_a_renamed_recipe_renames_its_playlist(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.writes()
    desk.recipe = desk.recipe.model_copy(update={"name": "Another name"})
    outcome = desk.refresh(desk.tracks(20))
    assert outcome.status == "changed"
    assert desk.writes() == [DETAILS]
    assert desk.sandbox.world.account.playlists[desk.playlist_id].name == "Another name"
    assert desk.refresh(desk.tracks(20)).status == "unchanged"


def test_a_name_given_by_hand_stays(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.sandbox.human.rename(desk.playlist_id, "By hand")
    desk.refresh(desk.tracks(20, start=4))
    assert desk.sandbox.world.account.playlists[desk.playlist_id].name == "By hand"


def test_a_text_given_by_hand_stays_and_gets_the_mark_back(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.sandbox.human.describe(desk.playlist_id, "Mine <3 & yours")
    desk.refresh(desk.tracks(20))
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    assert record.description == f"Mine <3 & yours · segue:{desk.recipe.id}"
    assert desk.refresh(desk.tracks(20)).status == "unchanged"


def test_a_new_text_of_the_recipe_is_written(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.policy(description="New")
    desk.refresh(desk.tracks(20))
    record = desk.sandbox.world.account.playlists[desk.playlist_id]
    assert record.description == f"New · segue:{desk.recipe.id}"


def test_a_period_remembers_the_last_list_written_in_it(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.refresh(desk.tracks(20, start=2))
    assert [made.uris for made in desk.binding.made] == [tuple(desk.tracks(20, start=2))]


def test_an_undo_brings_back_the_exact_list_and_can_be_undone(desk) -> None:
    first, second = desk.shuffled(desk.tracks(120)), desk.shuffled(desk.tracks(110, start=40), 2)
    desk.refresh(first)
    desk.refresh(second)
    assert desk.undo().status == "changed"
    assert desk.account == tuple(first)
    desk.undo()
    assert desk.account == tuple(second)


def test_any_kept_version_can_be_brought_back(desk) -> None:
    lists = [desk.tracks(20, start=start) for start in (0, 5, 10)]
    for uris in lists:
        desk.refresh(uris)
    desk.undo("v1")
    assert desk.account == tuple(lists[0])


def test_an_undo_is_not_taken_for_an_edit_by_hand(desk) -> None:
    first, second = desk.tracks(20), desk.tracks(20, start=10)
    desk.refresh(first)
    desk.refresh(second)
    desk.undo()
    assert (desk.binding.kept_in, desk.binding.kept_out) == ((), ())
    desk.refresh(second)
    assert desk.account == tuple(second)


def test_an_undo_that_would_lose_a_local_file_is_refused_by_name(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.refresh(desk.tracks(20, start=5))
    desk.sandbox.human.add_local_file(desk.playlist_id, "Demo tape", "Me")
    before = desk.account
    with pytest.raises(GuardError, match="Demo tape"):
        desk.undo("v1")
    assert desk.account == before


def test_an_undo_of_a_playlist_hidden_behind_an_unreadable_row_is_done(desk) -> None:
    desk.refresh(desk.tracks(10))
    first = desk.account
    desk.refresh(desk.tracks(10, start=3))
    listed = list(desk.sandbox.world.account.listed).index(desk.playlist_id)
    desk.fault("null_rows", "GET", "/me/playlists", rows=(listed,), times=None)
    assert desk.undo().status == "changed"
    assert desk.account == first


def test_an_undo_of_a_deleted_playlist_is_refused(desk) -> None:
    desk.refresh(desk.tracks(20))
    desk.sandbox.human.delete_playlist(desk.playlist_id)
    with pytest.raises(GuardError, match="gone from your account"):
        desk.undo()
