"""Tags of artists, asked of the sandbox's MusicBrainz, ListenBrainz and Last.fm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from segue.errors import ForbiddenError
from segue.music.track import Artist
from segued.inventory.reading import genres_known
from segued.providers.tags.services import interval_at
from segued.providers.tags.source import tags_of
from segued.sandbox.control.faults import Fault
from segued.sandbox.providers.similar import LASTFM_KEY

ISRC, ARTIST = "/musicbrainz/ws/2/isrc/{isrc}", "/musicbrainz/ws/2/artist/{mbid}"
LOOKUP, NAMES = "/listenbrainz/1/metadata/lookup", "/musicbrainz/ws/2/genre/all"


def test_genres_are_those_of_the_artists_and_one_answer_serves_all_their_tracks(
    house: Any,
) -> None:
    tracks = house.tracks(60)
    outcome = house.enrich(tracks, "genres")
    artists = {track.artist_key for track in tracks}
    assert outcome.genres is not None
    assert outcome.genres.asked == len(artists)
    assert outcome.genres.known >= 0.7 * len(artists)
    assert house.asked[ARTIST] <= len({a.id for t in tracks for a in t.artists})
    known = genres_known(house.state, {track.id: track for track in tracks})
    tree, world = known["genre_tree"], house.sandbox.world.catalogue
    assert len(known["genres"]) >= 0.7 * len(tracks)
    for track_id, genres in known["genres"].items():
        truth = {g for i in world.tracks[track_id].artist_ids for g in world.artists[i].genres}
        assert set(genres) <= {tree.find(name) for name in truth}


def test_what_is_known_or_missing_is_not_asked_again_until_a_miss_is_old(house: Any) -> None:
    tracks = house.tracks(300)
    house.enrich(tracks, "genres")
    house.sandbox.clear_requests()
    house.reopen()
    again = house.enrich(tracks, "genres")
    assert not house.asked
    assert again.complete
    house.later(days=121)
    house.enrich(tracks, "genres")
    assert house.asked[ISRC] > 0
    assert house.asked[LOOKUP] > 0


def test_the_names_of_all_genres_are_listed_once_in_half_a_year(house: Any) -> None:
    house.enrich(house.tracks(3), "genres")
    assert house.asked[NAMES] == 1
    listed = house.state.tags.genre_names()
    assert listed is not None
    assert "zeuhl" in listed.names
    house.enrich(house.tracks(6), "genres")
    assert house.asked[NAMES] == 1


def test_a_service_that_is_down_is_left_and_the_next_one_asked(house: Any) -> None:
    down = Fault("error_before", endpoint=ISRC, times=None, status=503)
    house.sandbox.faults.add(down)
    outcome = house.enrich(house.tracks(20), "genres")
    assert outcome.genres is not None
    assert outcome.genres.failures["musicbrainz"].given_up
    assert outcome.genres.found["listenbrainz"] > 0
    assert not house.state.tags.missed("musicbrainz", house.now)
    assert outcome.exit_code == 3


def test_last_fm_is_asked_with_a_key_and_says_where_it_is_wrong(house: Any) -> None:
    house.tags = {"sources": ["lastfm"]}
    assert house.enrich(house.tracks(5), "genres").requests == {}
    house.tags |= {"lastfm_key": "env:KEY"}
    house.environ = {"KEY": "wrong" * 5}
    wrong = house.enrich(house.tracks(5), "genres")
    assert isinstance(wrong.failures["lastfm"].latest, ForbiddenError)
    assert "wrong" * 5 not in str(wrong.failures["lastfm"])
    house.later(hours=7)
    house.environ = {"KEY": LASTFM_KEY}
    assert house.enrich(house.tracks(5), "genres").genres.found["lastfm"] > 0


def test_musicbrainz_is_asked_by_the_plain_isrc_and_not_by_what_is_none(house: Any) -> None:
    house.tags = {"sources": ["musicbrainz"]}
    tracks = house.tracks(20)
    hyphened = [
        replace(t, isrc=f"{t.isrc[:2]}-{t.isrc[2:5]}-{t.isrc[5:7]}-{t.isrc[7:]}".lower())
        for t in tracks
    ]
    found = house.enrich(hyphened, "genres").genres.found["musicbrainz"]
    assert found > 0
    house.sandbox.clear_requests()
    wrong = [
        replace(t, id=f"{n:022}", artists=(Artist(f"N{n}"),), isrc=isrc)
        for n, (t, isrc) in enumerate(zip(tracks, ("", "?", "../artist", "XX1"), strict=False))
    ]
    outcome = house.enrich(wrong, "genres")
    assert not house.asked
    assert outcome.complete
    assert outcome.genres.missing["musicbrainz"] == 4


def test_a_recording_has_tags_of_its_own_where_that_is_asked_for(house: Any) -> None:
    house.tags = {"sources": ["musicbrainz"], "recordings": True}
    house.enrich(house.tracks(10), "genres")
    assert house.state.tags.tracks()


def test_musicbrainz_itself_is_asked_once_a_second_and_a_mirror_as_configured() -> None:
    assert interval_at("https://musicbrainz.org") == 1.0
    assert interval_at("https://beta.musicbrainz.org/") == 1.0
    assert interval_at("http://127.0.0.1:5000") == 0.0
    assert interval_at("https://notmusicbrainz.org") == 0.0


def test_rows_that_are_no_tags_cost_themselves_alone() -> None:
    rows = [
        {"name": "jazz", "count": 3},
        {"name": None, "count": 3},
        {"name": "soul", "count": "12"},
        {"name": "funk", "count": True},
        {"name": "dub", "count": -1},
        "noise",
        {"name": " deep   house ", "count": 10**30},
    ]
    assert tags_of(rows) == (("deep house", 1_000_000), ("soul", 12), ("jazz", 3))
    assert tags_of(None) == ()
