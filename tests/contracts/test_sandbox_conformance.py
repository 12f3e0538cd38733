"""The sandbox answers every call Segue makes as the description and recorded answers say."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import spotipy

from segued.sandbox.server import running
from segued.sandbox.settings import SandboxSettings

pytestmark = pytest.mark.shared

NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
RECORDED = {
    "/me": ("current_user",),
    "/me/tracks": ("saved_tracks",),
    "/me/albums": ("saved_albums",),
    "/me/playlists": ("current_user_playlist_1", "current_user_playlist_2"),
    "/me/top/tracks": ("top_tracks",),
    "/me/top/artists": ("top_artists",),
    "/me/player/recently-played": ("recently_played_tracks",),
    "/me/following": ("followed_artists",),
    "/me/library/contains": ("library_contains",),
    "/playlists/X": ("playlist_1", "playlist_2"),
    "/playlists/X/items": ("playlist_items",),
    "/artists/X/albums": ("artist_albums",),
    "/search": ("search",),
}
WRITTEN = {"/me/playlists": ("new_playlist",), "/playlists/X/items": ("playlist_update_items",)}


class Talk:
    """A spotipy client over a session that keeps every answer."""

    def __init__(self, sandbox, mode):
        self.sandbox = sandbox
        self.extended = mode == "extended"
        self.answers = []
        session = requests.Session()
        session.hooks["response"].append(self._keep)
        token = sandbox.tokens()["access_token"]
        self.session = session
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.spotify = spotipy.Spotify(auth=token, requests_session=session)
        self.spotify.prefix = f"{sandbox.api_url}/"

    def _keep(self, response, *_, **__):
        self.answers.append(response)

    def get(self, path):
        return self.session.get(f"{self.sandbox.api_url}{path}", timeout=5)

    def problems(self, description):
        found = []
        for response in self.answers:
            path = urlsplit(response.request.url).path.removeprefix("/v1").rstrip("/")
            general = "/".join("X" if len(part) == 22 else part for part in path.split("/"))
            names = RECORDED if response.request.method == "GET" else WRITTEN
            body = response.json() if response.content else None
            shape = description.shape(*names.get(general, ()))
            found += description.problems(
                response.request.method,
                path,
                response.status_code,
                body,
                shape,
                extended=self.extended,
            )
        return found


@pytest.fixture(scope="module", params=["development", "extended"])
def talk(request):
    settings = SandboxSettings(
        mode=request.param, tracks=300, artists=40, likes=120, playlists=6, now=NOW
    )
    with running(settings) as sandbox:
        yield Talk(sandbox, request.param)


def check(talk, description, *calls):
    talk.answers.clear()
    for call in calls:
        call()
    assert talk.answers, "nothing was asked"
    assert talk.problems(description) == []


def test_what_is_the_listeners_own_is_shaped_as_recorded(talk, description):
    spotify = talk.spotify
    check(
        talk,
        description,
        spotify.me,
        lambda: spotify.current_user_saved_tracks(limit=50),
        lambda: spotify.current_user_saved_tracks(limit=50, offset=100),
        lambda: spotify.current_user_saved_albums(limit=50),
        lambda: spotify.current_user_playlists(limit=50),
        *(
            lambda span=span: spotify.current_user_top_tracks(limit=50, time_range=span)
            for span in ("short_term", "medium_term", "long_term")
        ),
        lambda: spotify.current_user_top_artists(limit=50),
        lambda: spotify.current_user_recently_played(limit=50),
        lambda: spotify.current_user_followed_artists(limit=20),
        lambda: spotify.current_playback(),
    )


def test_every_playlist_that_can_be_read_is_shaped_as_recorded(talk, description):
    user = talk.spotify.me()["id"]
    listed = talk.spotify.current_user_playlists(limit=50)["items"]
    own = [one["id"] for one in listed if one["owner"]["id"] == user or one["collaborative"]]
    other = [one["id"] for one in listed if one["owner"]["id"] not in (user, "spotify")]
    calls = [lambda one=one: talk.spotify.playlist_items(one, limit=50) for one in own]
    calls += [lambda one=one: talk.spotify.playlist(one) for one in [*own, *other]]
    calls += [lambda one=one: talk.spotify.playlist_cover_image(one) for one in own]
    check(talk, description, *calls)


def test_local_files_and_episodes_are_shaped_as_recorded(talk, description):
    [playlist] = [
        one
        for one in talk.sandbox.world.account.playlists.values()
        if any(row.is_local for row in one.rows)
    ]
    check(talk, description, lambda: talk.get(f"/playlists/{playlist.id}/items?limit=50"))
    rows = talk.answers[0].json()["items"]
    assert {row["item"]["type"] for row in rows} == {"track", "episode"}
    [local, *_] = [row for row in rows if row["is_local"]]
    recorded = json.loads((description.recorded / "playlist_2.json").read_text("utf-8"))
    expected = set(recorded["tracks"]["items"][0]["track"])
    if not talk.extended:
        expected -= {"popularity", "available_markets"}
    assert set(local["item"]) == expected


def test_every_write_is_answered_as_described(talk, description):
    spotify = talk.spotify
    saved = spotify.current_user_saved_tracks(limit=20)["items"]
    uris = [row["track"]["uri"] for row in saved if row["track"]["is_playable"]]
    album = spotify.current_user_saved_albums(limit=1)["items"][0]["album"]["id"]
    jpeg = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(100)).decode()
    made = spotify.current_user_playlist_create("Conformance", public=False, description="a & b")
    check(
        talk,
        description,
        lambda: spotify.current_user_playlist_create("Another", public=True),
        lambda: spotify.playlist_add_items(made["id"], uris[:4]),
        lambda: spotify.playlist_add_items(made["id"], uris[4:6], position=0),
        lambda: spotify.playlist_replace_items(made["id"], uris[:8]),
        lambda: spotify.playlist_reorder_items(made["id"], 0, 5, range_length=2),
        lambda: spotify.playlist_remove_all_occurrences_of_items(made["id"], uris[:2]),
        lambda: spotify.playlist_change_details(made["id"], name="Renamed", description="c"),
        lambda: spotify.playlist_upload_cover_image(made["id"], jpeg),
        lambda: spotify.playlist_cover_image(made["id"]),
        lambda: spotify.current_user_saved_tracks_contains([uris[0].split(":")[2]]),
        lambda: spotify.current_user_saved_tracks_delete([uris[0].split(":")[2]]),
        lambda: spotify.current_user_saved_tracks_add([uris[0].split(":")[2]]),
        lambda: spotify.current_user_saved_albums_delete([album]),
        lambda: spotify.current_user_saved_albums_add([album]),
    )


def test_the_catalogue_is_answered_as_described(talk, description):
    spotify = talk.spotify
    track = spotify.current_user_saved_tracks(limit=1)["items"][0]["track"]
    artist = track["artists"][0]
    check(
        talk,
        description,
        lambda: spotify.track(track["id"]),
        lambda: spotify.album(track["album"]["id"]),
        lambda: spotify.album_tracks(track["album"]["id"], limit=5),
        lambda: spotify.artist(artist["id"]),
        lambda: spotify.artist_albums(artist["id"], limit=10),
        lambda: spotify.search(f'track:"{track["name"]}"', limit=10, type="track"),
        lambda: spotify.search(artist["name"], limit=10, type="track,artist,album,playlist"),
    )
    assert talk.answers[-2].json()["tracks"]["items"][0]["name"] == track["name"]


def test_pages_cover_a_list_once_and_link_to_each_other(talk, description):
    talk.answers.clear()
    page = talk.get("/me/tracks?limit=50").json()
    seen = [row["track"]["id"] for row in page["items"]]
    while page["next"]:
        assert page["next"].startswith(talk.sandbox.api_url)
        page = talk.session.get(page["next"], timeout=5).json()
        seen += [row["track"]["id"] for row in page["items"]]
    assert seen == list(talk.sandbox.world.account.likes)
    assert dict(parse_qsl(urlsplit(page["previous"]).query))["offset"] == "50"
    assert talk.problems(description) == []


REMOVED_IN_DEVELOPMENT = """
GET /tracks?ids={track}
GET /albums?ids={album}
GET /artists?ids={artist}
GET /audio-features?ids={track}
GET /audio-features/{track}
GET /audio-analysis/{track}
GET /recommendations?seed_tracks={track}
GET /recommendations/available-genre-seeds
GET /artists/{artist}/related-artists
GET /artists/{artist}/top-tracks
GET /browse/new-releases
GET /browse/categories
GET /browse/featured-playlists
GET /markets
GET /users/{user}
GET /users/{user}/playlists
POST /users/{user}/playlists
GET /playlists/{playlist}/tracks
POST /playlists/{playlist}/tracks
PUT /playlists/{playlist}/tracks
DELETE /playlists/{playlist}/tracks
PUT /playlists/{playlist}/followers
DELETE /playlists/{playlist}/followers
GET /playlists/{playlist}/followers/contains?ids={user}
PUT /me/tracks?ids={track}
GET /me/tracks/contains?ids={track}
DELETE /me/tracks?ids={track}
PUT /me/albums?ids={album}
GET /me/albums/contains?ids={album}
DELETE /me/albums?ids={album}
PUT /me/following?ids={artist}&type=artist
GET /me/following/contains?ids={artist}&type=artist
DELETE /me/following?ids={artist}&type=artist
"""


@pytest.mark.parametrize("operation", REMOVED_IN_DEVELOPMENT.strip().splitlines())
def test_a_removed_route_is_refused_in_development_and_kept_in_extended(
    talk, description, operation
):
    catalogue = talk.sandbox.world.catalogue
    track = next(one for one in catalogue.tracks.values() if one.playable)
    method, path = operation.split()
    path = path.format(
        track=track.id,
        album=next(iter(catalogue.albums)),
        artist=track.artist_ids[0],
        user=talk.sandbox.settings.user_id,
        playlist=talk.sandbox.human.create_playlist("Old routes", [track.uri]),
    )
    body = None
    if method != "GET" and path.endswith("/tracks"):
        body = {"tracks": [{"uri": track.uri}]} if method == "DELETE" else {"uris": [track.uri]}
    elif method == "POST":
        body = {"name": "Old way"}
    talk.answers.clear()
    response = talk.session.request(method, f"{talk.sandbox.api_url}{path}", json=body, timeout=5)
    if talk.extended:
        assert response.status_code < 300
        assert talk.problems(description) == []
    else:
        refusal = {"error": {"status": 403, "message": "Forbidden"}}
        assert (response.status_code, response.json()) == (403, refusal)
