"""Accounts of every awkward make, a home for Segue on each, and a way back to where they began."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from segued.inventory.outside import WATCHED
from segued.sandbox.account.contents import local_uri
from segued.sandbox.account.listener import PlaylistRecord
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import Sandbox
from segued.store.access import TokenDocument
from segued.store.state import State

MAX_SHRINK = 0.5
MIN_TRACKS = 1
FAR = timedelta(days=1)
LAPSED = "lapsed"
BEYOND = """[never]
lists = ["{}/lists/machine-artists.csv"]
[discover]
artists = ["followed"]
most_artists = 3
calls_a_day = 500
released_within = "5 years"
"""


@dataclass(frozen=True, slots=True)
class Make:
    """How a list is made up: its rows before, how many are wanted, and what stands between them."""

    name: str
    rows: int
    wanted: int
    local_files: int = 0
    greyed_out: int = 0
    episodes: int = 0
    repeats: int = 0


MAKES = (
    Make("plain", 40, 44),
    Make("one row", 1, 1),
    Make("one local file", 60, 66, local_files=1),
    Make("greyed-out rows", 50, 50, greyed_out=3),
    Make("episodes", 30, 34, episodes=2),
    Make("repeated tracks", 40, 42, repeats=6),
    Make("everything at once", 130, 140, local_files=2, greyed_out=2, episodes=1, repeats=3),
    Make("three hundred", 300, 300),
)
LARGE = (Make("a thousand", 1000, 1000, local_files=1), Make("ten thousand", 9000, 9000))


def sandbox_settings(makes: Sequence[Make]) -> SandboxSettings:
    """A sandbox with tracks enough for the largest of these lists."""
    tracks = max(600, max(make.rows for make in makes) * 5 // 4)
    return SandboxSettings(
        tracks=tracks, artists=tracks // 8, genres=6, likes=40, playlists=3, play_days=3
    )


def midday_zone(now: datetime) -> str:
    """A zone in which it is about noon now, so that no day ends while the campaign runs."""
    hours = now.astimezone(UTC).hour - 12  # Etc/GMT+5 is five hours behind
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


@dataclass
class Stage:
    """One account with Segue's home beside it, and both as they were when `mark` was called."""

    sandbox: Sandbox
    home: Path
    front: str
    make: Make
    zone: str
    name: str
    timeout_seconds: float = 5.0
    playlist_id: str = ""
    pool_id: str = ""
    smallest: dict[str, int] = field(default_factory=dict)
    beyond: bool = False
    """Whether the list draws on what lies beyond the account too, and has its name filled in."""
    _marked: dict[str, PlaylistRecord] = field(default_factory=dict)
    _listed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "state").mkdir(mode=0o700, exist_ok=True)
        human = self.sandbox.human
        playable, greyed_out = self._tracks()
        pool = playable[: max(self.make.wanted * 5 // 4, self.make.wanted + 5)]
        self.pool_id = human.create_playlist(f"Pool of {self.name}", pool, public=False)
        rows = pool[: self.make.rows]
        rows += rows[: self.make.repeats]
        odd = [
            *(local_uri("Me", "", f"Demo {n}", 180) for n in range(self.make.local_files)),
            *greyed_out[: self.make.greyed_out],
            *[episode.uri for episode in self.sandbox.world.catalogue.episodes.values()][
                : self.make.episodes
            ],
        ]
        for number, uri in enumerate(odd):
            rows.insert(min(len(rows), 3 + 7 * number), uri)
        self.playlist_id = human.create_playlist(self.name, rows, public=False)
        self.write_config(self.make.rows)

    def _tracks(self) -> tuple[list[str], list[str]]:
        tracks = self.sandbox.world.catalogue.tracks.values()
        playable = [f"spotify:track:{track.id}" for track in tracks if track.playable]
        return playable, [f"spotify:track:{track.id}" for track in tracks if not track.playable]

    def write_config(self, length: int, score: str = "") -> None:
        """The configuration: one list of so many tracks out of the pool."""
        base = self.sandbox.accounts_url
        sources, template, more = ([f"playlist:{self.pool_id}"], self.name, "")
        if self.beyond:
            catalogue = self.sandbox.world.catalogue
            artist, other = list(catalogue.artists.values())[:2]
            names = [f"artist:spotify:artist:{artist.id}", f"search:artist:{other.name}"]
            sources += [*names, f"top-of-artist:{other.name}", "new-releases"]
            template = f"{self.name} of {{n}} by {{top_artist}}"
            more = BEYOND.format(self.front)
        (self.home / "config.toml").write_text(
            f"""timezone = "{self.zone}"
[spotify]
client_id = "sandbox-client"
api_url = "{self.front}/v1"
accounts_url = "{self.front}"
redirect_port = 0
timeout_seconds = {self.timeout_seconds}
[features]
sources = ["reccobeats"]
reccobeats_url = "{base}/reccobeats"
interval_seconds = 0.0
[lyrics]
enabled = false
[enrich]
before_refresh_features = 0
before_refresh_tracks = 0
[[playlist]]
id = "road-trip"
name = "{template}"
from = {sources!r}
length = {length}
[playlist.write]
playlist_id = "{self.playlist_id}"
adopt = true
max_shrink = {MAX_SHRINK}
min_tracks = {MIN_TRACKS}
[playlist.sequence]
method = "greedy"
{score}{more}"""
        )

    def log_in(self) -> None:
        """A fresh login."""
        state = State.open(self.home / "state")
        given = self.sandbox.tokens()
        now = datetime.now(UTC)
        state.auth.set_token(
            TokenDocument(
                given["access_token"],
                given["refresh_token"],
                now + FAR,
                given["scope"],
                now,
                "sandbox-client",
            )
        )
        state.close()

    def age(self, by: timedelta) -> None:
        """What was asked beyond the account was asked so much earlier."""
        state = State.open(self.home / "state")
        store = state.discover
        for key, asked in list(store.asked().items()):
            store.put_asked(key, replace(asked, asked_at=asked.asked_at - by))
        for key, looked in list(store.looked().items()):
            store.put_looked(key, replace(looked, looked_at=looked.looked_at - by))
        for address, fetched in list(store.lists().items()):
            store.put_list(address, replace(fetched, fetched_at=fetched.fetched_at - by))
        watched = store.cursor(WATCHED)
        then = datetime.fromisoformat(watched["asked_at"]) - by
        store.set_cursor(WATCHED, {**watched, "asked_at": then.isoformat()})
        store.commit()
        state.close()

    def let_the_login_lapse(self) -> None:
        """The access token has ended: the next command has to renew it."""
        state = State.open(self.home / "state")
        token = state.auth.token()
        assert token is not None
        given = self.sandbox.tokens()
        lapsed = replace(
            token,
            access_token=LAPSED,
            refresh_token=given["refresh_token"],
            expires_at=datetime.now(UTC) - FAR,
        )
        state.auth.set_token(lapsed)
        state.close()

    def has_lapsed(self) -> bool:
        """Whether no command has renewed the login since it lapsed."""
        state = State.open(self.home / "state")
        token = state.auth.token()
        state.close()
        return token is not None and token.access_token == LAPSED

    def mark(self) -> None:
        """Remember the account and the home as they are now."""
        account = self.sandbox.world.account
        self._marked = {key: _copied(record) for key, record in account.playlists.items()}
        self._listed = list(account.listed)
        shutil.rmtree(self.home.with_suffix(".marked"), ignore_errors=True)
        shutil.copytree(self.home, self.home.with_suffix(".marked"))

    def back(self) -> None:
        """The account and the home as they were when they were marked."""
        account = self.sandbox.world.account
        account.playlists = {key: _copied(record) for key, record in self._marked.items()}
        account.listed[:] = self._listed
        shutil.rmtree(self.home)
        shutil.copytree(self.home.with_suffix(".marked"), self.home)
        self.sandbox.faults.clear()
        self.sandbox.clear_requests()
        self.watch()

    def watch(self) -> None:
        """Forget the smallest lists seen, and look on from now."""
        records = self.sandbox.world.account.playlists.values()
        self.smallest.clear()
        self.smallest.update({record.id: len(record.rows) for record in records})

    def time_passes(self) -> None:
        """Whatever a service asked to wait for is over."""
        state = State.open(self.home / "state")
        for endpoint in state.budget.all():
            state.budget.set_cool_down(endpoint, None, None)
        state.close()

    @property
    def rows(self) -> tuple[str, ...]:
        """The list as it stands on the account."""
        return self.sandbox.world.account.playlists[self.playlist_id].uris

    @property
    def shown(self) -> str:
        """What the list is called on the account."""
        return self.sandbox.world.account.playlists[self.playlist_id].name

    @property
    def names(self) -> list[str]:
        """The names of every listed playlist: no two may be the same."""
        account = self.sandbox.world.account
        return sorted(account.playlists[playlist_id].name for playlist_id in account.listed)

    def kept(self) -> list[tuple[str, ...]]:
        """Every list that `segue undo` can bring back."""
        state = State.open(self.home / "state")
        found = [version.uris for version in state.versions.list(self.playlist_id)]
        state.close()
        return found

    def writes(self) -> int:
        """Requests that change something, since the last look."""
        count = sum(
            1
            for request in self.sandbox.requests
            if request.method != "GET" and "playlists" in request.endpoint
        )
        self.sandbox.clear_requests()
        return count


def _copied(record: PlaylistRecord) -> PlaylistRecord:
    found = copy.copy(record)
    found.versions = dict(record.versions)
    return found


def watch_every_change(stages: Sequence[Stage]) -> None:
    """Note the length of each list at each of its versions, as they happen on the account."""
    changed = PlaylistRecord.changed

    def noted(record: PlaylistRecord, rows: Sequence[object] | None = None) -> str:
        snapshot: str = changed(record, rows)  # type: ignore[arg-type]
        for stage in stages:
            known = stage.smallest.get(record.id)
            if known is not None:
                stage.smallest[record.id] = min(known, len(record.rows))
        return snapshot

    PlaylistRecord.changed = noted  # type: ignore[method-assign]
