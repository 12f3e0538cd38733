"""The sync against a real account over real HTTP, its requests counted by the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from segue.errors import UsageError
from segue.playlists.library import Play
from segue.recipe.recipe import Recipe
from segue.recipe.sources import Liked
from segued.inventory.reading import read_inventory
from segued.store.playlists import Binding, Made
from segued.sync.wanted import Wanted

EVERYTHING = Wanted(albums=True, top=frozenset({"short", "medium", "long"}))


def world(account: Any) -> Any:
    return account.sandbox.world.account


def readable(account: Any) -> list[Any]:
    listed = [world(account).playlists[each] for each in world(account).listed]
    return [each for each in listed if each.owner_id == "segue-listener" or each.collaborative]


def assert_copied(account: Any) -> None:
    """The state holds what the account holds."""
    liked = [saved.track_id for saved in account.state.library.liked()]
    assert liked == list(world(account).likes)
    assert set(liked) <= set(account.state.library.tracks())
    stored = account.state.playlists.playlists()
    assert {each.id for each in readable(account)} == set(stored)
    for record in readable(account):
        assert stored[record.id].uris == record.uris
        assert stored[record.id].summary.name == record.name


def test_a_first_sync_copies_the_account(account: Any) -> None:
    outcome = account.sync(EVERYTHING)
    assert_copied(account)
    albums = {album.id: album for album in account.state.library.albums()}
    assert list(albums) == list(world(account).albums)
    assert all(album.track_ids for album in albums.values())
    top = account.state.library.top()
    assert list(top["short"]) == account.sandbox.world.top_tracks("short_term")[:50]
    assert outcome.user_id == "segue-listener"
    assert outcome.counts["liked_new"] == 130
    assert outcome.complete
    assert sum(outcome.requests.values()) == len(account.sandbox.requests)


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_every_playlist_that_is_not_read_says_why(open_account: Any, mode: str) -> None:
    account = open_account(mode)
    outcome = account.sync()
    lists = [world(account).playlists[each] for each in world(account).listed]
    listed = {each.id for each in lists if mode == "extended" or not each.spotify_owned}
    unread = account.state.playlists.unread()
    if mode == "development":
        assert set(unread) == listed - {each.id for each in readable(account)}
    assert unread
    assert set(unread) <= listed
    assert all(len(reason) > 20 for reason in unread.values())
    assert len([each for each in outcome.skipped if each.startswith("playlist ")]) == len(unread)


def test_an_album_longer_than_its_row_tells_is_read_whole_and_once(account: Any) -> None:
    catalogue = account.sandbox.world.catalogue
    album_id = next(iter(world(account).albums))
    every = tuple(catalogue.tracks)[:130]
    catalogue.albums[album_id] = replace(catalogue.albums[album_id], track_ids=every)
    account.sync(EVERYTHING)
    assert account.endpoints.count("GET /albums/{id}/tracks") == 2
    stored = {album.id: album for album in account.state.library.albums()}
    assert stored[album_id].track_ids == every
    assert set(every) <= set(account.state.library.tracks())
    account.sync(EVERYTHING)
    assert "GET /albums/{id}/tracks" not in account.endpoints


def test_a_saved_album_taken_back_is_forgotten(account: Any) -> None:
    account.sync(EVERYTHING)
    gone = list(world(account).albums)[1]
    account.sandbox.human.unsave_album(gone)
    outcome = account.sync(EVERYTHING)
    assert outcome.counts["albums_gone"] == 1
    assert [each.id for each in account.state.library.albums()] == list(world(account).albums)


def test_what_segue_wrote_itself_is_not_read_again(account: Any) -> None:
    account.sync()
    record = readable(account)[0]
    client = account.client()
    client.reorder_items(record.id, 0, 3)
    account.state.playlists.put_playlist(client.read_playlist(record.id))
    account.state.playlists.commit()
    assert account.sync().counts["playlists_read"] == 0


def test_only_what_recipes_need_is_asked_for(account: Any) -> None:
    account.sync()
    assert "GET /me/albums" not in account.endpoints
    assert "GET /me/top/tracks" not in account.endpoints


@pytest.mark.slow
def test_ten_thousand_likes_and_fifty_playlists_unchanged_cost_six_requests_at_most(
    open_account: Callable[..., Any],
) -> None:
    account = open_account(tracks=11_000, artists=600, likes=10_000, playlists=46)
    assert len(world(account).listed) == 50
    account.sync(EVERYTHING)
    account.sync(EVERYTHING)
    assert len(account.endpoints) == 4
    account.sandbox.clock.advance(days=1)
    account.sync(EVERYTHING)
    assert len(account.endpoints) <= 6
    old = list(world(account).likes)[7_777]
    account.sandbox.human.unlike(old)
    outcome = account.sync(EVERYTHING)
    assert len(account.endpoints) <= 15
    assert outcome.counts["liked_gone"] == 1
    assert_copied(account)


def test_a_play_that_was_heard_live_and_answered_too_is_one_with_what_either_tells(
    account: Any,
) -> None:
    latest = account.sandbox.world.counted_plays()[-1]
    ended = latest.ended_at.astimezone(UTC)
    live = Play(latest.track_id, ended, 9_000, True, "spotify:playlist:" + "p" * 22)
    unknown = Play("u" * 22, ended - timedelta(days=400), 12_000, True)
    account.state.plays.note(live)
    account.state.plays.note(unknown)
    account.sync()
    kept = [play for play in account.state.plays.all() if play.played_at == ended]
    assert [(play.ms_played, play.skipped, play.context) for play in kept] == [
        (9_000, True, live.context)
    ]
    assert unknown in account.state.plays.all()
    assert account.state.plays.noted() == ()


def test_new_likes_are_read_from_the_top(account: Any) -> None:
    account.sync()
    tracks = list(account.sandbox.world.catalogue.tracks)
    for minute, track_id in enumerate(tracks[:60]):
        account.sandbox.clock.advance(minutes=minute)
        account.sandbox.human.like(track_id)
    account.sync()
    assert account.endpoints.count("GET /me/tracks") <= 4
    assert_copied(account)


def test_only_a_playlist_that_changed_is_read_again(account: Any) -> None:
    account.sync()
    changed = readable(account)[0]
    account.sandbox.human.reorder(changed.id, 0, 3)
    outcome = account.sync()
    assert outcome.counts["playlists_read"] == 1
    assert account.endpoints.count("GET /playlists/{id}") == 1
    assert_copied(account)


def test_a_deleted_playlist_is_forgotten(account: Any) -> None:
    account.sync()
    gone = readable(account)[0]
    account.sandbox.human.delete_playlist(gone.id)
    outcome = account.sync()
    assert outcome.counts["playlists_gone"] == 1
    assert account.state.playlists.playlist(gone.id) is None


def test_plays_accumulate_beyond_what_spotify_remembers(account: Any) -> None:
    account.sync()
    before = len(account.state.plays.all())
    assert before == 50
    tracks = list(account.sandbox.world.catalogue.tracks.values())
    for track in tracks[:30]:
        account.sandbox.clock.advance(minutes=10)
        account.sandbox.human.play(track.id)
    account.sync()
    assert len(account.state.plays.all()) >= before + 30
    again = account.sync()
    assert again.counts["plays_new"] == 0


def test_a_play_that_is_reported_late_is_not_missed(account: Any) -> None:
    account.sync()
    latest = account.state.plays.all()[-1].played_at
    track = list(account.sandbox.world.catalogue.tracks.values())[3]
    account.sandbox.human.play(track.id, at=latest - timedelta(minutes=17, seconds=30))
    outcome = account.sync()
    assert outcome.counts["plays_new"] == 1


def test_top_tracks_are_asked_for_once_a_day(account: Any) -> None:
    wanted = Wanted(top=frozenset({"short"}))
    account.sync(wanted)
    account.sandbox.clock.advance(hours=23)
    account.sync(wanted)
    assert "GET /me/top/tracks" not in account.endpoints
    account.sandbox.clock.advance(hours=2)
    account.sync(wanted)
    assert account.endpoints.count("GET /me/top/tracks") == 1


def test_a_track_named_by_id_is_looked_up_once(account: Any) -> None:
    liked = set(world(account).likes)
    named = next(each for each in account.sandbox.world.catalogue.tracks if each not in liked)
    wanted = Wanted(track_ids=(named, "0" * 22))
    outcome = account.sync(wanted)
    assert account.state.library.track(named) is not None
    assert "track " + "0" * 22 in outcome.skipped
    account.sync(wanted)
    assert account.endpoints.count("GET /tracks/{id}") == 1  # one answer may be wrong
    account.sync(wanted)
    assert "GET /tracks/{id}" not in account.endpoints


def test_a_followed_playlist_is_read_in_extended_quota_where_a_recipe_names_it(
    open_account: Callable[..., Any],
) -> None:
    account = open_account("extended")
    account.sync()
    followed = next(
        each
        for each in account.state.playlists.summaries()
        if each.owner_id not in ("segue-listener", "spotify") and not each.collaborative
    )
    assert "no recipe names it" in account.state.playlists.unread()[followed.id]
    account.sync(Wanted(references=frozenset({followed.name.upper()})))
    stored = account.state.playlists.playlist(followed.id)
    assert stored is not None
    assert stored.uris == world(account).playlists[followed.id].uris
    assert account.state.library.cursor("regime")["regime"] == "extended"


def test_development_mode_is_known_by_its_answers_and_asks_for_nothing_it_refuses(
    account: Any,
) -> None:
    names = frozenset(each.name for each in world(account).playlists.values())
    account.sync(Wanted(references=names))
    assert account.state.library.cursor("regime")["regime"] == "development"
    assert all(status == 200 for _, _, status in account.sandbox.requests)


def test_another_accounts_login_does_not_mix_with_this_state(account: Any) -> None:
    account.sync()
    cursor = account.state.library.cursor("account")
    account.state.library.set_cursor("account", {**cursor, "id": "somebody", "login": "before"})
    account.state.library.commit()
    with pytest.raises(UsageError, match="another account"):
        account.sync()


def test_the_inventory_is_what_was_synced(account: Any) -> None:
    with pytest.raises(UsageError, match="segue sync"):
        read_inventory(account.state, [], {})
    account.sync(EVERYTHING)
    record = readable(account)[0]
    uris = [uri for uri in record.uris if uri.startswith("spotify:track:")]
    made = (Made("now", tuple(uris[:3])), Made("earlier", tuple(uris[:2])))
    account.state.playlists.bind(
        Binding("r1", record.id, "R", "f", kept_in=(uris[0],), kept_out=(uris[1],), made=made)
    )
    recipe = Recipe(id="r1", name="R", source=Liked())
    inventory = read_inventory(account.state, [recipe], {"r1": "now"})
    assert inventory.user_id == "segue-listener"
    assert [saved.track_id for saved in inventory.liked] == list(world(account).likes)
    assert set(inventory.playlists) == {each.id for each in readable(account)}
    assert inventory.recipe_playlists == {"r1": record.id}
    assert inventory.made["r1"] == (tuple(uri.split(":")[2] for uri in uris[:2]),)
    assert inventory.kept_in["r1"] == (uris[0],)
    assert inventory.kept_out["r1"] == {uris[1]}
    for playlist in inventory.playlists.values():
        ids = {entry.track.id for entry in playlist.entries if entry.track}
        assert ids <= set(inventory.tracks)
    assert len(inventory.plays) == 50
    assert inventory.unread
