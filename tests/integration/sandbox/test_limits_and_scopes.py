"""Limits, refusals in Spotify's words, scopes, the two regimes."""

from __future__ import annotations

import pytest

from segued.sandbox.server import running


def refusal(status, message):
    return {"error": {"status": status, "message": message}}


@pytest.mark.parametrize(
    "path",
    [
        "/me/tracks?limit=51",
        "/me/tracks?limit=0",
        "/me/tracks?limit=many",
        "/me/playlists?limit=51",
        "/me/top/tracks?limit=51",
        "/me/player/recently-played?limit=51",
        "/search?q=a&type=track&limit=11",
        "/artists/{artist}/albums?limit=11",
    ],
)
def test_a_limit_outside_its_bounds_is_refused_in_spotifys_words(api, sandbox, path):
    artist = next(iter(sandbox.world.catalogue.artists))
    reply = api("GET", path.format(artist=artist))
    assert (reply.status_code, reply.json()) == (400, refusal(400, "Invalid limit"))


def test_playlist_items_come_fifty_a_page_at_most(api, playlist):
    assert api("GET", f"/playlists/{playlist}/items?limit=50").status_code == 200
    assert api("GET", f"/playlists/{playlist}/items?limit=51").status_code == 400


def test_search_gives_five_by_default(api):
    assert len(api.get("/search?q=the&type=track")["tracks"]["items"]) == 5


def test_search_finds_by_field_filters(api, sandbox):
    track = next(iter(sandbox.world.catalogue.tracks.values()))
    for query in (f"isrc:{track.isrc}", f'track:"{track.title}"'):
        found = api.get(f"/search?type=track&q={query}")["tracks"]["items"]
        assert track.id in {track_found["id"] for track_found in found}


def test_an_id_of_the_wrong_form_is_refused(api):
    assert api("GET", "/tracks/short").json() == refusal(400, "invalid id")


def test_what_is_not_there_is_not_found(api):
    assert api("GET", f"/tracks/{'x' * 22}").json() == refusal(404, "Resource not found")
    assert api("GET", "/nowhere").json() == refusal(404, "Resource not found")


def test_a_trailing_slash_changes_nothing(api):
    assert api.get("/me/") == api.get("/me")


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("user-library-read", "GET", "/me/tracks"),
        ("user-library-read", "GET", "/me/albums"),
        ("playlist-read-private", "GET", "/me/playlists"),
        ("user-top-read", "GET", "/me/top/tracks"),
        ("user-top-read", "GET", "/me/top/artists"),
        ("user-read-recently-played", "GET", "/me/player/recently-played"),
        ("user-follow-read", "GET", "/me/following?type=artist"),
        ("user-read-playback-state", "GET", "/me/player"),
    ],
)
def test_an_operation_needs_its_scope(sandbox, caller, scope, method, path):
    with_it, without = caller(sandbox, scope), caller(sandbox, "streaming")
    assert with_it(method, path).status_code in (200, 204)
    reply = without(method, path)
    assert (reply.status_code, reply.json()) == (403, refusal(403, "Insufficient client scope"))


@pytest.mark.parametrize("public", [True, False])
def test_writing_a_playlist_needs_the_scope_for_its_kind(sandbox, caller, uris, public):
    made = sandbox.human.create_playlist("Scoped", uris[:2], public=public)
    right, wrong = "playlist-modify-public", "playlist-modify-private"
    if not public:
        right, wrong = wrong, right
    body = {"uris": uris[:1]}
    assert caller(sandbox, right)("PUT", f"/playlists/{made}/items", body).status_code == 200
    assert caller(sandbox, wrong)("PUT", f"/playlists/{made}/items", body).status_code == 403


def test_shared_playlists_are_listed_only_with_their_scope(sandbox, caller):
    def listed(scope):
        rows = caller(sandbox, scope).get("/me/playlists?limit=50")["items"]
        return any(row["collaborative"] for row in rows)

    assert listed("playlist-read-private playlist-read-collaborative")
    assert not listed("playlist-read-private")


def test_the_library_saves_removes_and_tells_by_uri(api, sandbox):
    catalogue, account = sandbox.world.catalogue, sandbox.world.account
    track = next(candidate for candidate in catalogue.tracks if candidate not in account.likes)
    album = next(candidate for candidate in catalogue.albums if candidate not in account.albums)
    named = f"uris=spotify:track:{track},spotify:album:{album}"
    assert api.get(f"/me/library/contains?{named}") == [False, False]
    assert api("PUT", f"/me/library?{named}").status_code == 200
    assert api.get(f"/me/library/contains?{named}") == [True, True]
    assert api.get("/me/tracks")["items"][0]["track"]["id"] == track
    assert api("DELETE", f"/me/library?{named}").status_code == 200
    assert api.get(f"/me/library/contains?{named}") == [False, False]


def test_the_library_takes_forty_uris_and_no_more(api, uris):
    assert api("GET", f"/me/library/contains?uris={','.join(uris[:40])}").status_code == 200
    assert api("GET", f"/me/library/contains?uris={','.join(uris[:41])}").status_code == 400


def test_without_premium_a_restricted_app_is_refused_everything(settings, caller):
    with running(settings(premium=False)) as sandbox:
        assert caller(sandbox)("GET", "/me").status_code == 403


@pytest.mark.parametrize("mode", ["development", "extended"])
def test_each_regime_has_its_own_fields(settings, caller, mode):
    with running(settings(mode=mode)) as sandbox:
        api = caller(sandbox)
        extended = mode == "extended"
        track = api.get("/me/tracks")["items"][0]["track"]
        assert ("popularity" in track) == extended
        assert ("available_markets" in track) == extended
        assert track["external_ids"]["isrc"]
        assert ("followers" in api.get("/me/top/artists")["items"][0]) == extended
        assert ("country" in api.get("/me")) == extended
        listed = api.get("/me/playlists")["items"][0]
        assert ("tracks" in listed, "items" in listed) == (extended, True)
        row = api.get(f"/playlists/{listed['id']}/items")["items"][0]
        assert ("track" in row, "item" in row) == (extended, True)


@pytest.mark.parametrize("limit", [7, 40, 50])
def test_pages_cover_a_list_once_whatever_is_left_for_the_last(api, sandbox, limit):
    likes = list(sandbox.world.account.likes)
    assert len(likes) % 7 == 1
    seen, link = [], f"{sandbox.api_url}/me/tracks?limit={limit}"
    while link:
        assert link.startswith(f"{sandbox.api_url}/me/tracks?")
        page = api.session.get(link, timeout=120).json()
        seen += [row["track"]["id"] for row in page["items"]]
        link = page["next"]
    assert seen == likes
