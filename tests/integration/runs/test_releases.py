"""New releases on an account: complete within a week, within the share, and right."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segued.config.load import check
from segued.config.schema import Settings
from segued.refresh.job import refresh_all
from segued.refresh.noting import note
from segued.refresh.unchanged import Asked, known
from segued.run import Run
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.control.faults import Fault
from segued.sandbox.server import Sandbox, running
from segued.store.access import TokenDocument
from segued.store.state import State
from segued.sync.account import sync

START = datetime(2026, 6, 15, 12, tzinfo=UTC)
RADAR = """
[[playlist]]
name = "Radar"
from = "new-releases"
max_per_album = 10

[playlist.write]
min_tracks = 0
"""
YEAR = '[discover]\ncalls_a_day = 500\nreleased_within = "1 year"\n'
LOOKED = "/artists/{id}/albums"
SPENT = {LOOKED, "/albums/{id}/tracks", "/albums/{id}", "/me/following", "/me/top/artists"}


def settings_for(sandbox: Sandbox, recipes: str) -> Settings:
    text = f"""
    timezone = "UTC"
    [spotify]
    client_id = "sandbox-client"
    api_url = "{sandbox.api_url}"
    accounts_url = "{sandbox.accounts_url}"
    [features]
    sources = []
    [lyrics]
    enabled = false
    {recipes}
    """
    return check(text, "config.toml", {}).settings


class Listener:
    """A state that syncs with a sandbox as days go by."""

    def __init__(self, sandbox: Sandbox, folder: Path, recipes: str, scope: str | None = None):
        self.sandbox, self.folder = sandbox, folder
        self.settings = settings_for(sandbox, recipes)
        given = sandbox.tokens(scope)
        with closing(State.open(folder)) as state:
            state.auth.set_token(
                TokenDocument(
                    given["access_token"],
                    given["refresh_token"],
                    self.now + timedelta(days=400),
                    given["scope"],
                    self.now,
                    "sandbox-client",
                )
            )

    @property
    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def run(self, work):
        with (
            closing(State.open(self.folder)) as state,
            Run(self.settings, state, {}, lambda: self.now, sleep=lambda _: None) as run,
        ):
            return work(run)

    def sync(self):
        return self.run(sync)

    def radar(self, name: str = "Radar") -> set[str]:
        """The albums on the playlist, after a refresh."""
        self.run(lambda run: refresh_all(run, ()))
        account, tracks = self.sandbox.world.account, self.sandbox.world.catalogue.tracks
        (made,) = (each for each in account.playlists.values() if each.name == name)
        return {tracks[uri.rpartition(":")[2]].album_id for uri in made.uris}

    def outside(self):
        return self.run(lambda run: run.inventory().outside)

    def truth(self, days: float = 30) -> set[str]:
        """What is new by watched artists, as the sandbox itself knows it."""
        watched = set(self.outside().watched)
        since = (self.now - timedelta(days=days)).date()
        return {
            album.id
            for album in self.sandbox.world.catalogue.albums.values()
            if watched & set(album.artist_ids)
            and album.precision == "day"
            and since < datetime.fromisoformat(album.release_date).date() <= self.now.date()
        }

    def spent(self) -> Counter[str]:
        """The requests beyond the account since they were counted last, by endpoint."""
        found = Counter(each.endpoint for each in self.sandbox.requests if each.endpoint in SPENT)
        self.sandbox.clear_requests()
        return found


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory):
    """400 watched artists, and what a week of syncs four times a day asked for, day by day."""
    wide = SandboxSettings(tracks=5200, artists=520, likes=2600, playlists=3, now=START)
    with running(wide) as sandbox:
        listener = Listener(sandbox, tmp_path_factory.mktemp("many") / "state", RADAR)
        days = []
        for _ in range(7):
            for _ in range(4):
                listener.sync()
                sandbox.clock.advance(hours=6)
            days.append(listener.spent())
        yield listener, days


def test_the_releases_of_400_artists_are_complete_within_a_week(many) -> None:
    listener, days = many
    outside = listener.outside()
    assert len(outside.watched) == 400
    assert set(outside.watched) == outside.looked.keys()
    assert sum(day[LOOKED] for day in days) >= 400


def test_no_day_costs_more_than_sixty_requests(many) -> None:
    _, days = many
    assert max(sum(day.values()) for day in days) <= 60


def test_the_radar_holds_what_the_sandbox_says_is_new(many) -> None:
    listener, _ = many
    assert len(listener.truth()) >= 5
    assert listener.radar() == listener.truth()


def test_a_release_of_the_second_week_is_found_within_the_next(many) -> None:
    listener, _ = many
    before = listener.truth()
    for _ in range(14):
        listener.sync()
        listener.sandbox.clock.advance(hours=12)
    known = set(listener.outside().new)
    week_ago = listener.now - timedelta(days=7, hours=13)
    albums = listener.sandbox.world.catalogue.albums
    due = {i for i in listener.truth() if albums[i].release_date <= week_ago.date().isoformat()}
    assert due - before or due
    assert due <= known


@pytest.fixture
def few(tmp_path: Path):
    """An account with a few dozen artists."""
    with running(SandboxSettings(tracks=900, artists=60, likes=200, now=START)) as sandbox:
        yield sandbox


def artist_with(sandbox: Sandbox, albums: int):
    """An artist with exactly so many albums out, whom nobody of that name is beside."""
    catalogue = sandbox.world.catalogue
    today = sandbox.clock.now().date().isoformat()
    by = Counter(
        i
        for album in catalogue.albums.values()
        for i in album.artist_ids
        if album.release_date <= today
    )
    return next(catalogue.artists[i] for i, number in by.items() if number == albums)


def test_looks_go_on_where_the_last_sync_ended(few, tmp_path: Path) -> None:
    recipes = "[discover]\ncalls_a_day = 20\n" + RADAR
    listener = Listener(few, tmp_path / "state", recipes)
    looked = []
    for _ in range(4):
        listener.sync()
        looked.append(len(listener.outside().looked))
        assert sum(listener.spent().values()) <= 20
        few.clock.advance(days=1)
    assert looked == sorted(looked)
    assert looked[0] < looked[1] < looked[2]


def test_the_oldest_look_comes_first(few, tmp_path: Path) -> None:
    listener = Listener(few, tmp_path / "state", "[discover]\ncalls_a_day = 25\n" + RADAR)
    for _ in range(6):
        listener.sync()
        few.clock.advance(days=1)
    looked = listener.outside().looked.values()
    ages = [(listener.now - each.looked_at).days for each in looked]
    assert max(ages) <= 4


def test_without_the_scope_nobody_followed_is_asked_for_and_it_is_said(few, tmp_path: Path) -> None:
    scopes = "user-library-read playlist-read-private user-top-read user-read-recently-played"
    listener = Listener(few, tmp_path / "state", RADAR, scopes)
    outcome = listener.sync()
    assert any("does not let Segue see whom you follow" in note for note in outcome.notes)
    assert "/me/following" not in listener.spent()
    assert listener.outside().watched
    assert listener.settings.more_scopes == ("user-follow-read",)


@pytest.mark.parametrize("kind", ["quota", "rate_limit", "error_before", "cut_before"])
def test_an_outage_of_one_endpoint_ends_this_part_alone(few, tmp_path: Path, kind: str) -> None:
    listener = Listener(few, tmp_path / "state", RADAR)
    few.faults.add(Fault(kind, "GET", LOOKED, nth=5, times=99, retry_after=7200))
    outcome = listener.sync()
    assert "beyond the account" in outcome.skipped
    assert outcome.counts["liked"] == 200
    assert len(listener.outside().looked) == 4
    few.faults.clear()
    few.clock.advance(hours=25)
    listener.sync()
    assert len(listener.outside().looked) > 4


def test_an_album_that_is_named_gives_its_tracks_in_order(few, tmp_path: Path) -> None:
    album = max(few.world.catalogue.albums.values(), key=lambda each: len(each.track_ids))
    link = f"https://open.spotify.com/album/{album.id}?si=x"
    recipe = f'[[playlist]]\nname = "One"\nfrom = "album:{link}"\n[playlist.write]\nmin_tracks=0\n'
    listener = Listener(few, tmp_path / "state", recipe)
    assert listener.radar("One") == {album.id}
    pool = listener.run(lambda run: run.inventory().outside.releases[album.id].track_ids)
    assert pool == album.track_ids
    asked = listener.spent()
    listener.sync()
    assert asked == {"/albums/{id}": 1}
    assert not listener.spent()


def test_an_album_that_is_not_there_fails_its_recipe_by_name(few, tmp_path: Path) -> None:
    recipe = '[[playlist]]\nname = "One"\nfrom = "album:AAAAAAAAAAAAAAAAAAAAA1"\n'
    listener = Listener(few, tmp_path / "state", recipe)
    (done,) = listener.run(lambda run: refresh_all(run, ())).refreshed
    assert "Spotify has no album with the id AAAAAAAAAAAAAAAAAAAAA1" in str(done.error)


@pytest.mark.parametrize("by", ["name", "link"])
def test_an_artist_that_is_named_gives_everything_they_released(few, tmp_path, by: str) -> None:
    artist = artist_with(few, 4)
    reference = artist.name.upper() if by == "name" else f"spotify:artist:{artist.id}"
    recipe = f'[[playlist]]\nname = "All"\nfrom = "artist:{reference}"\n[playlist.write]\n'
    listener = Listener(few, tmp_path / "state", recipe + "min_tracks = 0\n")
    albums = few.world.catalogue.albums.values()
    today = few.clock.now().date().isoformat()
    own = {a.id for a in albums if artist.id in a.artist_ids and a.release_date <= today}
    listener.radar("All")
    outside = listener.outside()
    assert set(outside.looked[artist.id].release_ids) == own
    planned = listener.run(
        lambda run: {i for each in own for i in run.inventory().outside.releases[each].track_ids}
    )
    assert planned == {i for a in albums if a.id in own for i in a.track_ids}


def test_an_artist_that_nobody_has_is_said_so(few, tmp_path: Path) -> None:
    recipe = '[[playlist]]\nname = "All"\nfrom = "artist:Nobody At All"\n'
    listener = Listener(few, tmp_path / "state", recipe)
    (done,) = listener.run(lambda run: refresh_all(run, ())).refreshed
    assert "Spotify's search finds no artist called “Nobody At All”" in str(done.error)


def test_a_note_of_nothing_to_do_ends_when_the_next_look_is_due(few, tmp_path: Path) -> None:
    listener = Listener(few, tmp_path / "state", YEAR + RADAR)
    listener.radar()
    few.clock.advance(minutes=5)
    asked = Asked(listener.folder, b"", {})
    listener.run(lambda run: note(run, asked, refresh_all(run, ())))
    assert known(asked, listener.now + timedelta(minutes=1)) is not None
    assert known(asked, listener.now + timedelta(hours=13)) is None


MADE = '[[playlist]]\nname = "Made"\nfrom = "{}"\n[playlist.write]\nmin_tracks = 0\n'


def made(listener: Listener) -> list[str]:
    """The ids of the tracks of the playlist that `MADE` makes, after a refresh."""
    (done,) = listener.run(lambda run: refresh_all(run, ())).refreshed
    assert done.error is None, done.error
    return [uri.rpartition(":")[2] for uri in done.plan.uris]


def test_a_search_gives_what_spotify_finds_and_is_asked_once_a_week(few, tmp_path: Path) -> None:
    artist = artist_with(few, 3)
    listener = Listener(few, tmp_path / "state", MADE.format(f"search:artist:{artist.name}"))
    tracks = few.world.catalogue.tracks
    held = made(listener)
    assert held
    assert all(artist.id in tracks[i].artist_ids for i in held if " " not in artist.name)
    few.clear_requests()
    listener.sync()
    assert not [each for each in few.requests if each.endpoint == "/search"]
    few.clock.advance(days=8)
    listener.sync()
    assert [each for each in few.requests if each.endpoint == "/search"]


def test_a_search_without_an_answer_fails_its_recipe_by_its_words(few, tmp_path: Path) -> None:
    listener = Listener(few, tmp_path / "state", MADE.format("search:zzzz qqqq"))
    (done,) = listener.run(lambda run: refresh_all(run, ())).refreshed
    assert "Spotify's search finds nothing for “zzzz qqqq”" in str(done.error)


@pytest.mark.parametrize("by", ["name", "link"])
def test_the_top_of_an_artist_is_by_that_artist_alone(few, tmp_path: Path, by: str) -> None:
    artist = artist_with(few, 3)
    reference = artist.name if by == "name" else f"https://open.spotify.com/artist/{artist.id}"
    listener = Listener(few, tmp_path / "state", MADE.format(f"top-of-artist:{reference}"))
    if by == "link":  # a name is searched for; that of a link is known from the library
        known = {
            a for i in few.world.account.likes for a in few.world.catalogue.tracks[i].artist_ids
        }
        assert artist.id in known
    held = made(listener)
    tracks = few.world.catalogue.tracks
    assert held
    assert all(artist.id in tracks[i].artist_ids for i in held)


def others_playlist(sandbox: Sandbox) -> str:
    """A playlist of somebody else's that the listener no longer follows."""
    account = sandbox.world.account
    found = next(r for r in account.playlists.values() if r.owner_id == "mika-records")
    account.listed.remove(found.id)
    return found.id


def test_a_public_playlist_that_this_app_may_not_read_is_refused_with_the_reason(
    few, tmp_path: Path
) -> None:
    playlist_id = others_playlist(few)
    link = f"https://open.spotify.com/playlist/{playlist_id}"
    listener = Listener(few, tmp_path / "state", MADE.format(f"playlist:{link}"))
    (done,) = listener.run(lambda run: refresh_all(run, ())).refreshed
    assert "an app in Development Mode read only playlists that its user owns" in str(done.error)


def test_a_public_playlist_is_read_where_the_app_still_may(tmp_path: Path) -> None:
    wide = SandboxSettings(tracks=900, artists=60, likes=200, mode="extended", now=START)
    with running(wide) as sandbox:
        playlist_id = others_playlist(sandbox)
        listener = Listener(sandbox, tmp_path / "state", MADE.format(f"playlist:{playlist_id}"))
        rows = sandbox.world.account.playlists[playlist_id].uris
        held = made(listener)
        assert held
        assert set(held) <= {uri.rpartition(":")[2] for uri in rows}


def test_a_playlist_of_ones_own_that_was_deleted_is_not_drawn_on(few, tmp_path: Path) -> None:
    account = few.world.account
    own = next(r for r in account.playlists.values() if r.owner_id == "segue-listener")
    account.listed.remove(own.id)
    listener = Listener(few, tmp_path / "state", MADE.format(f"playlist:{own.id}"))
    (done,) = listener.run(lambda run: refresh_all(run, ())).refreshed
    assert "you deleted it" in str(done.error)
