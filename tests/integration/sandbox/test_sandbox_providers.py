"""ReccoBeats, LRCLIB and Genius as the sandbox serves them."""

from __future__ import annotations

import lyricsgenius
import pytest
import requests

from segued.sandbox.account.words import is_instrumental, lyrics_of, songbook
from segued.sandbox.control.faults import Fault


@pytest.fixture
def tracks(sandbox):
    return list(sandbox.world.catalogue.tracks.values())


def features(sandbox, ids):
    url = f"{sandbox.reccobeats_url}/v1/audio-features"
    return requests.get(url, params={"ids": ",".join(ids)}, timeout=120)


def test_reccobeats_is_joined_on_the_last_part_of_href(sandbox, tracks):
    by_id = {track.id: track for track in tracks}
    rows = features(sandbox, [track.id for track in tracks[:40]]).json()["content"]
    for row in rows:
        track = by_id[row["href"].rpartition("/")[2]]
        assert row["isrc"] == track.isrc
        assert row["energy"] == track.features.energy
        assert row["id"] != track.id
        assert "time_signature" not in row


def test_reccobeats_leaves_out_what_it_lacks_and_most_of_what_is_new(sandbox, tracks):
    albums = sandbox.world.catalogue.albums
    known, asked = {"old": 0, "new": 0}, {"old": 0, "new": 0}
    for start in range(0, len(tracks), 40):
        some = tracks[start : start + 40]
        rows = features(sandbox, [track.id for track in some]).json()["content"]
        found = {row["href"].rpartition("/")[2] for row in rows}
        for track in some:
            age = "new" if albums[track.album_id].release_date >= "2026" else "old"
            asked[age] += 1
            known[age] += track.id in found
    assert 0.8 < known["old"] / asked["old"] < 0.97
    assert known["new"] / asked["new"] < 0.5


def test_reccobeats_keeps_no_order(sandbox, tracks):
    asked = [track.id for track in tracks[:40]]
    rows = features(sandbox, asked).json()["content"]
    answered = [row["href"].rpartition("/")[2] for row in rows]
    assert answered != [track_id for track_id in asked if track_id in answered]


def test_reccobeats_finds_by_isrc_and_takes_ids_given_twice(sandbox, tracks):
    [row, *_] = features(sandbox, [track.id for track in tracks[:9]]).json()["content"]
    assert features(sandbox, [row["isrc"]]).json()["content"][0]["isrc"] == row["isrc"]
    url = f"{sandbox.reccobeats_url}/v1/audio-features"
    ids = [("ids", tracks[0].id), ("ids", tracks[1].id)]
    both = features(sandbox, [tracks[0].id, tracks[1].id]).json()
    assert requests.get(url, params=ids, timeout=120).json() == both


def test_reccobeats_takes_forty_ids_and_no_more(sandbox, tracks):
    assert features(sandbox, [track.id for track in tracks[:40]]).status_code == 200
    assert features(sandbox, [track.id for track in tracks[:41]]).status_code == 400
    assert features(sandbox, []).json()["error"] == 4001


def test_reccobeats_is_limited_in_its_own_words(sandbox, tracks):
    endpoint = "/reccobeats/v1/audio-features"
    sandbox.faults.add(Fault("rate_limit", "GET", endpoint, retry_after=3))
    reply = features(sandbox, [tracks[0].id])
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "3")
    assert reply.json()["error"] == 4291
    assert sandbox.requests == [("GET", endpoint, 429)]


def lyrics(sandbox, title, artist, **more):
    params = {"track_name": title, "artist_name": artist} | more
    return requests.get(f"{sandbox.lrclib_url}/api/get", params=params, timeout=120)


def known(sandbox, service, *, sung=True):
    catalogue = sandbox.world.catalogue
    track = next(
        track for track in songbook(catalogue, service).values() if is_instrumental(track) != sung
    )
    return track, catalogue.artists[track.artist_ids[0]].name


def test_lrclib_gives_the_words_of_a_song_it_has(sandbox):
    track, artist = known(sandbox, "lrclib")
    song = lyrics(sandbox, track.title.upper(), artist).json()
    assert (song["trackName"], song["artistName"]) == (track.title, artist)
    assert song["plainLyrics"].splitlines()[0] == lyrics_of(track)[0][1][0]
    assert song["syncedLyrics"].startswith("[00:")
    assert song["instrumental"] is False


def test_lrclib_misses_in_its_own_words(sandbox):
    reply = lyrics(sandbox, "No Such Song", "Nobody")
    body = {
        "message": "Failed to find specified track",
        "name": "TrackNotFound",
        "statusCode": 404,
    }
    assert (reply.status_code, reply.json()) == (404, body)


def test_lrclib_misses_a_song_asked_for_with_two_artists(sandbox):
    track, artist = known(sandbox, "lrclib")
    assert lyrics(sandbox, track.title, f"{artist}, Somebody Else").status_code == 404


def test_lrclib_wants_the_duration_within_two_seconds(sandbox):
    track, artist = known(sandbox, "lrclib")
    seconds = track.duration_ms / 1000
    assert lyrics(sandbox, track.title, artist, duration=seconds + 2).status_code == 200
    assert lyrics(sandbox, track.title, artist, duration=seconds + 2.1).status_code == 404


def test_lrclib_marks_an_instrumental(sandbox):
    track, artist = known(sandbox, "lrclib", sung=False)
    song = lyrics(sandbox, track.title, artist).json()
    assert (song["instrumental"], song["plainLyrics"]) == (True, None)


def test_lrclib_searches_by_words(sandbox):
    track, artist = known(sandbox, "lrclib")
    url = f"{sandbox.lrclib_url}/api/search"
    found = requests.get(url, params={"q": f"{artist} {track.title}"}, timeout=120).json()
    assert track.title in {song["trackName"] for song in found}


@pytest.fixture
def genius(sandbox):
    client = lyricsgenius.Genius("token", sleep_time=0, remove_section_headers=True)
    client.API_ROOT = client.WEB_ROOT = f"{sandbox.genius_url}/"
    client.PUBLIC_API_ROOT = f"{sandbox.genius_url}/api/"
    return client


def test_genius_is_read_by_the_library_that_reads_the_real_one(sandbox, genius):
    track, artist = known(sandbox, "genius")
    song = genius.search_song(track.title, artist, get_full_info=False)
    expected = [line for _, section in lyrics_of(track) for line in section]
    assert [line for line in song.lyrics.splitlines() if line] == expected


def test_genius_does_not_find_what_it_lacks(genius):
    assert genius.search_song("Zzyzx", "Qqq", get_full_info=False) is None


def test_a_page_refused_by_cloudflare_looks_like_a_song_without_words(sandbox, genius):
    track, artist = known(sandbox, "genius")
    sandbox.faults.add(Fault("cloudflare", "GET", "/genius/{page}"))
    assert genius.search_song(track.title, artist, get_full_info=False) is None
    assert ("GET", "/genius/{page}", 403) in sandbox.requests


def test_genius_wants_a_token_for_its_api(sandbox):
    reply = requests.get(f"{sandbox.genius_url}/search", params={"q": "a"}, timeout=120)
    assert (reply.status_code, reply.json()["meta"]["status"]) == (401, 401)
