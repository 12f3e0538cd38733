"""Playlists read and written over HTTP."""

from __future__ import annotations

import base64

import pytest

from segued.sandbox.server import running

JPEG = b"\xff\xd8\xff\xe0" + bytes(1000)


def items(playlist_id):
    return f"/playlists/{playlist_id}/items"


def test_a_new_playlist_is_public_first_in_the_list_and_empty(api):
    made = api("POST", "/me/playlists", {"name": "New"})
    assert (made.status_code, made.json()["public"]) == (201, True)
    assert made.json()["items"]["total"] == 0
    assert api.get("/me/playlists")["items"][0]["id"] == made.json()["id"]


def test_a_playlist_needs_a_name(api):
    assert api("POST", "/me/playlists", {"name": " "}).status_code == 400


def test_each_write_gives_a_snapshot_id_that_the_list_then_shows(api, sandbox, playlist, uris):
    seen = {sandbox.world.account.playlists[playlist].snapshot_id}
    for method, body in [
        ("POST", {"uris": uris[5:7]}),
        ("PUT", {"uris": uris[:4]}),
        ("PUT", {"range_start": 0, "insert_before": 3}),
        ("DELETE", {"items": [{"uri": uris[0]}]}),
    ]:
        reply = api(method, items(playlist), body)
        assert reply.status_code in (200, 201)
        snapshot = reply.json()["snapshot_id"]
        listed = {item["id"]: item["snapshot_id"] for item in api.get("/me/playlists")["items"]}
        assert listed[playlist] == snapshot
        assert snapshot not in seen
        assert len(snapshot) == 32
        seen.add(snapshot)


def test_reading_changes_no_snapshot_id(api, playlist):
    before = api.get(f"/playlists/{playlist}")["snapshot_id"]
    api.get(items(playlist))
    assert api.get(f"/playlists/{playlist}")["snapshot_id"] == before


def test_replace_puts_exactly_these_rows(api, playlist, uris):
    api("PUT", items(playlist), {"uris": uris[10:13]})
    assert api.uris(playlist) == uris[10:13]


def test_add_appends_or_inserts_at_a_position(api, playlist, uris):
    assert api("POST", items(playlist), {"uris": uris[7:8]}).status_code == 201
    api("POST", items(playlist), {"uris": uris[8:10], "position": 1})
    assert api.uris(playlist) == [uris[0], *uris[8:10], *uris[1:5], uris[7]]


def test_add_refuses_a_bare_array(api, playlist, uris):
    before = api.uris(playlist)
    assert api("POST", f"{items(playlist)}?position=0", uris[6:7]).status_code == 400
    assert api.uris(playlist) == before


def test_add_keeps_duplicates(api, playlist, uris):
    api("POST", items(playlist), {"uris": uris[:1]})
    assert api.uris(playlist).count(uris[0]) == 2


def test_remove_takes_every_occurrence(api, playlist, uris):
    api("POST", items(playlist), {"uris": uris[:1]})
    api("DELETE", items(playlist), {"items": [{"uri": uris[0]}]})
    assert api.uris(playlist) == uris[1:5]


def test_remove_wants_the_new_key(api, playlist, uris):
    reply = api("DELETE", items(playlist), {"tracks": [{"uri": uris[0]}]})
    assert reply.status_code == 400
    assert api.uris(playlist) == uris[:5]


def test_reorder_moves_a_range_before_a_row(api, playlist, uris):
    body = {"range_start": 0, "range_length": 2, "insert_before": 4}
    api("PUT", items(playlist), body)
    assert api.uris(playlist) == [uris[2], uris[3], uris[0], uris[1], uris[4]]


def test_reorder_outside_the_list_is_refused(api, playlist, uris):
    body = {"range_start": 4, "range_length": 2, "insert_before": 0}
    assert api("PUT", items(playlist), body).status_code == 400
    assert api.uris(playlist) == uris[:5]


def test_an_unknown_snapshot_id_is_refused(api, playlist, uris):
    body = {"items": [{"uri": uris[0]}], "snapshot_id": "AAAA"}
    assert api("DELETE", items(playlist), body).status_code == 400
    assert api.uris(playlist) == uris[:5]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_write_takes_a_hundred_uris_and_no_more(api, playlist, uris, method):
    refused = api(method, items(playlist), {"uris": uris[:101]})
    assert refused.status_code == 400
    assert api.uris(playlist) == uris[:5]
    assert api(method, items(playlist), {"uris": uris[:100]}).status_code < 300


def test_one_dead_uri_fails_the_whole_write_with_502(api, sandbox, playlist, uris):
    sandbox.human.kill(uris[20])
    assert api("PUT", items(playlist), {"uris": [uris[19], uris[20]]}).status_code == 502
    assert api.uris(playlist) == uris[:5]
    sandbox.human.revive(uris[20])
    assert api("PUT", items(playlist), {"uris": [uris[19], uris[20]]}).status_code == 200


def test_an_unplayable_track_cannot_be_written(api, sandbox, playlist):
    tracks = sandbox.world.catalogue.tracks.values()
    unplayable = next(track.uri for track in tracks if not track.playable)
    assert api("POST", items(playlist), {"uris": [unplayable]}).status_code == 502


def test_a_local_file_cannot_be_added_by_an_app(api, sandbox, playlist, uris):
    sandbox.human.add_local_file(playlist, "Demo", artist="Me & Co", seconds=61)
    row = api.get(items(playlist))["items"][-1]
    assert (row["is_local"], row["item"]["id"], row["item"]["href"]) == (True, None, None)
    assert (row["item"]["name"], row["item"]["duration_ms"]) == ("Demo", 61_000)
    reply = api("PUT", items(playlist), {"uris": [row["item"]["uri"]]})
    assert reply.status_code == 400
    assert row["item"]["uri"] in reply.json()["error"]["message"]


def test_an_episode_is_a_row_like_another(api, sandbox, playlist):
    sandbox.human.add_episode(playlist)
    item = api.get(items(playlist))["items"][-1]["item"]
    assert item["type"] == "episode"
    assert api("PUT", items(playlist), {"uris": [item["uri"]]}).status_code == 200


def test_a_description_comes_back_escaped(api, playlist):
    text = 'Tom & Jerry\'s <best> "/hits"'
    api("PUT", f"/playlists/{playlist}", {"description": text})
    escaped = "Tom &amp; Jerry&#x27;s &lt;best&gt; &quot;&#x2F;hits&quot;"
    assert api.get(f"/playlists/{playlist}")["description"] == escaped


def test_a_cover_is_a_jpeg_of_at_most_256_kilobytes(api, playlist):
    def upload(jpeg):
        payload = base64.b64encode(jpeg)
        return api("PUT", f"/playlists/{playlist}/images", data=payload).status_code

    assert upload(JPEG) == 202
    assert api.get(f"/playlists/{playlist}/images")[0]["url"].startswith("https://")
    assert upload(b"GIF89a") == 400
    assert upload(JPEG + bytes(200_000)) == 413


def test_a_deleted_playlist_leaves_the_list_while_its_address_answers(api, sandbox, playlist):
    sandbox.human.delete_playlist(playlist)
    assert playlist not in {item["id"] for item in api.get("/me/playlists?limit=50")["items"]}
    assert api("GET", f"/playlists/{playlist}").status_code == 200


def test_a_followed_playlist_gives_no_rows_to_a_restricted_app(api, sandbox):
    [followed, *_] = [
        playlist
        for playlist in sandbox.world.account.playlists.values()
        if playlist.owner_id == "mika-records" and not playlist.collaborative
    ]
    assert api("GET", items(followed.id)).status_code == 403
    whole = api.get(f"/playlists/{followed.id}")
    assert whole["name"] == followed.name
    assert "items" not in whole
    assert "tracks" not in whole


def test_a_followed_playlist_gives_its_rows_in_extended_quota(settings, caller):
    with running(settings(mode="extended")) as sandbox:
        [followed, *_] = [
            playlist
            for playlist in sandbox.world.account.playlists.values()
            if playlist.owner_id == "mika-records"
        ]
        row = caller(sandbox).get(items(followed.id))["items"][0]
        assert row["track"] == row["item"]
        whole = caller(sandbox).get(f"/playlists/{followed.id}")
        assert ("tracks" in whole, "items" in whole) == (True, False)


def test_a_shared_playlist_can_be_read_and_written(api, sandbox, uris):
    [shared] = [
        playlist for playlist in sandbox.world.account.playlists.values() if playlist.collaborative
    ]
    assert api("POST", items(shared.id), {"uris": uris[:1]}).status_code == 201
    assert api.uris(shared.id)[-1] == uris[0]


def test_somebody_elses_playlist_cannot_be_written(api, sandbox, uris):
    [followed, *_] = [
        playlist
        for playlist in sandbox.world.account.playlists.values()
        if playlist.owner_id == "mika-records" and not playlist.collaborative
    ]
    assert api("POST", items(followed.id), {"uris": uris[:1]}).status_code == 403


@pytest.mark.parametrize(("mode", "listed"), [("development", []), ("extended", ["spotify"])])
def test_spotifys_own_playlist_is_listed_for_old_apps_and_read_by_none(
    settings, caller, mode, listed
):
    with running(settings(mode=mode)) as sandbox:
        api = caller(sandbox)
        owners = [row["owner"]["id"] for row in api.get("/me/playlists?limit=50")["items"]]
        assert [owner for owner in owners if owner == "spotify"] == listed
        [weekly] = [
            playlist
            for playlist in sandbox.world.account.playlists.values()
            if playlist.spotify_owned
        ]
        reply = api("GET", f"/playlists/{weekly.id}")
        refusal = {"error": {"status": 404, "message": "Resource not found"}}
        assert (reply.status_code, reply.json()) == (404, refusal)


def test_a_cover_a_name_and_a_description_move_the_snapshot(api, playlist):
    jpeg = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(100))
    seen = {api.get(f"/playlists/{playlist}")["snapshot_id"]}
    for path, sent in (
        ("", {"json": {"name": "Six"}}),
        ("", {"json": {"description": "of six"}}),
        ("/images", {"data": jpeg}),
    ):
        url = f"{api.sandbox.api_url}/playlists/{playlist}{path}"
        assert api.session.put(url, timeout=120, **sent).status_code < 300
        seen.add(api.get(f"/playlists/{playlist}")["snapshot_id"])
    assert len(seen) == 4


def test_a_move_from_an_unknown_snapshot_is_a_bad_gateway(api, playlist):
    before = api.uris(playlist)
    body = {"range_start": 0, "insert_before": 2, "snapshot_id": "AAAA"}
    assert api("PUT", items(playlist), body).status_code == 502
    assert api.uris(playlist) == before


def test_every_version_of_a_playlist_is_kept(api, sandbox, playlist, uris):
    api("PUT", items(playlist), {"uris": uris[:2]})
    api("PUT", items(playlist), {"uris": uris[2:4]})
    versions = list(sandbox.world.account.playlists[playlist].versions.values())
    assert [row.uri for row in versions[-2]] == uris[:2]
    assert [row.uri for row in versions[-1]] == uris[2:4]
