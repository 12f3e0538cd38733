"""The sync: the account's library, plays and playlists, as far as they changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from segue.errors import (
    NotFoundError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
    WrongAddressError,
)
from segue.names import plural
from segued.inventory.outside import fetch_lists
from segued.run import Run
from segued.store.library import PARTS_READ
from segued.sync.asked import read_seeds
from segued.sync.outside import read_outside
from segued.sync.playlists import PlaylistSync
from segued.sync.saved import LikedSongs, SavedAlbums
from segued.sync.saved_list import Changes, bring_up_to_date
from segued.sync.scrobbles import named_in, read_scrobbles
from segued.sync.similar import read_similar
from segued.sync.wanted import (
    Wanted,
    read_account,
    read_plays,
    read_top,
    read_tracks,
    wanted_by,
)


@dataclass(slots=True)
class SyncOutcome:
    """What a sync read. `counts` by what was counted; `skipped` by part, playlist or track with
    the reason in words; `requests` by endpoint template, of this sync alone."""

    user_id: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    requests: Mapping[str, int] = field(default_factory=dict)
    unfinished: bool = False
    """Whether the next sync has something to ask for again, though nothing changes."""

    @property
    def complete(self) -> bool:
        """Whether every part of the account that was wanted was read."""
        return not any(part in self.skipped for part in _PARTS)


_PARTS = ("likes", "albums", "playlists", "plays", "top tracks", "tracks")


CLOCK_OFF = timedelta(days=1)
"""A clock further off than this would end trials, begin archives and draw periods that are not."""


def sync(run: Run, wanted: Wanted | None = None) -> SyncOutcome:
    """Read what changed on the account and store it, page by page.

    `wanted` is what the configured recipes need unless given. Killed at any point and called
    again it goes on where it was; a page may be read twice.

    Raises UnavailableError where this machine's clock is wrong by `CLOCK_OFF`. Raises
    RateLimitedError or QuotaExceededError (`retry_at` says when to call again): at once
    where Spotify says so, and after the other parts where an endpoint is cooling down from an
    earlier run, since plays that are not read in time are lost. Raises also AuthorisationError,
    UnavailableError, and UsageError where the state is another account's. A part that is refused
    otherwise is skipped and named in the outcome; where none is known, the address is wrong and
    WrongAddressError says so.
    """
    if wanted is None:
        wanted = wanted_by(run.settings.playlists, run.settings.never)
    client = run.client()
    before = dict(client.requests)
    outcome = SyncOutcome(user_id=read_account(run).id)
    parts = _Parts(run, wanted, outcome)
    parts.attempt("likes", parts.likes)
    if abs(client.clock_ahead) > CLOCK_OFF:
        raise UnavailableError(
            f"this machine's clock is {plural(abs(client.clock_ahead).days, 'day')} off Spotify's; "
            "what depends on the date would go wrong, so nothing is planned or written until it is "
            "right. Set it, as with `timedatectl set-ntp true`"
        )
    if wanted.albums:
        parts.attempt("albums", parts.albums)
    for part, read in (
        ("plays", parts.plays),
        ("top tracks", parts.top),
        ("tracks", parts.tracks),
        ("playlists", parts.playlists),
        ("seeds", parts.seeds),
        ("lists", parts.lists),
        ("similar songs", parts.similar),
        ("beyond the account", parts.outside),
    ):
        parts.attempt(part, read)
    parts.scrobbles()
    if not outcome.counts and {"likes", "playlists"} <= parts.unknown:
        raise WrongAddressError(
            f"{run.settings.spotify.api_url} knows neither your likes nor your playlists, so it is "
            "not the Web API. Check [spotify] api_url; Spotify's own ends in /v1.",
            status=404,
        )
    if parts.waiting:
        raise max(parts.waiting, key=lambda error: error.retry_at)
    made = {name: count - before.get(name, 0) for name, count in client.requests.items()}
    outcome.requests = {name: count for name, count in made.items() if count}
    return outcome


@dataclass(slots=True)
class _Parts:
    """The parts of one sync, each writing into the outcome."""

    run: Run
    wanted: Wanted
    outcome: SyncOutcome
    waiting: list[RateLimitedError] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def attempt(self, part: str, read: Callable[[], None]) -> None:
        """Read a part; one that is refused is named, and the others go on."""
        try:
            read()
            self._note_read(part)
        except UnavailableError:
            raise
        except RateLimitedError as error:
            if error.status is not None:  # Spotify said so just now: stop at once
                raise
            self.waiting.append(error)
            self.outcome.unfinished = True
            self.outcome.skipped[part] = str(error)
        except ServiceError as error:
            if isinstance(error, NotFoundError):
                self.unknown.add(part)
            self.outcome.unfinished = True
            self.outcome.skipped[part] = str(error)

    def _note_read(self, part: str) -> None:
        """Remember that a part was read: until then its being empty says nothing."""
        library = self.run.state.library
        known = library.cursor(PARTS_READ) or {}
        if part not in known:
            library.set_cursor(PARTS_READ, {**known, part: self.run.now.isoformat()})
            library.commit()

    def likes(self) -> None:
        """Liked Songs."""
        saved = LikedSongs(self.run.client(), self.run.state.library)
        self._changes("liked", bring_up_to_date(saved, self._report("likes")))

    def albums(self) -> None:
        """Saved albums."""
        saved = SavedAlbums(self.run.client(), self.run.state.library)
        self._changes("albums", bring_up_to_date(saved, self._report("albums")))

    def plays(self) -> None:
        """Recent plays."""
        read = read_plays(self.run)
        self.outcome.counts["plays_new"] = read.new
        if read.gap and not named_in(self.run.settings):
            self.outcome.unfinished = True
            self.outcome.notes.append(
                "Every play Spotify remembers is new: some before them may have been missed. "
                "Sync more often, for example every hour."
            )

    def top(self) -> None:
        """Top tracks."""
        read = read_top(self.run, self.wanted.top)
        self.outcome.counts.update({f"top_{name}": count for name, count in read.items()})

    def tracks(self) -> None:
        """Tracks that recipes name by id."""
        found, missing = read_tracks(self.run, self.wanted.track_ids)
        if found:
            self.outcome.counts["tracks_found"] = found
        self.outcome.unfinished |= bool(missing)
        self.outcome.skipped.update({f"track {each}": why for each, why in missing.items()})

    def seeds(self) -> None:
        """Tracks that recipes name by title and artist."""
        found, missing = read_seeds(self.run, self.wanted.seeds)
        if found:
            self.outcome.counts["seeds_found"] = found
        self.outcome.unfinished |= bool(missing)
        self.outcome.skipped.update({f"seed “{each}”": why for each, why in missing.items()})

    def lists(self) -> None:
        """Lists of artists that stay out of every playlist."""
        failed = fetch_lists(self.run.settings.never, self.run.state, self.run.clock)
        self.outcome.unfinished |= bool(failed)
        self.outcome.skipped.update(failed)

    def similar(self) -> None:
        """Songs that services name beside the user's; nothing else waits for them either."""
        try:
            read = read_similar(self.run, self.wanted)
        except (RateLimitedError, UnavailableError) as error:
            self.outcome.unfinished = True
            self.outcome.skipped["similar songs"] = str(error)
            return
        if read.named or read.found:
            self.outcome.counts |= {"similar_named": read.named, "similar_found": read.found}
        self.outcome.unfinished |= bool(read.failed)
        self.outcome.skipped.update(read.failed)

    def scrobbles(self) -> None:
        """Plays from where the user scrobbles, if that is named; nothing else waits for them."""
        if not named_in(self.run.settings):
            return
        read = read_scrobbles(self.run)
        self.outcome.counts |= {"scrobbles_new": read.new, "scrobbles_unknown": read.unknown}
        self.outcome.unfinished |= read.more or bool(read.failed)
        self.outcome.skipped.update(read.failed)

    def outside(self) -> None:
        """New releases, and albums and artists that recipes name.

        Nothing else waits for it: a limit or an outage that it meets ends it alone.
        """
        try:
            read = read_outside(self.run, self.wanted)
        except (RateLimitedError, UnavailableError) as error:
            self.outcome.unfinished = True
            self.outcome.skipped["beyond the account"] = str(error)
            return
        if read.looks:
            self.outcome.counts |= {"artists_looked_at": read.looks, "releases_new": read.releases}
        self.outcome.skipped.update(read.missing)
        self.outcome.unfinished |= read.unfinished
        self.outcome.notes += read.notes

    def playlists(self) -> None:
        """Playlists."""
        playlists = PlaylistSync(self.run, self.wanted, self.outcome.user_id)
        read = playlists.read(self._report("playlists"))
        self.outcome.counts |= {
            "playlists": read.total,
            "playlists_read": read.read,
            "playlists_gone": read.gone,
        }
        names = {summary.id: summary.name for summary in self.run.state.playlists.summaries()}
        for playlist_id, reason in read.unread.items():
            self.outcome.skipped[f"playlist {names[playlist_id]} ({playlist_id})"] = reason
        self.outcome.unfinished |= read.failed or not read.whole
        if not read.whole:
            self.outcome.notes.append(
                "Spotify's list of your playlists has rows that cannot be read; playlists that "
                "are missing from it were not taken for deleted."
            )

    def _changes(self, name: str, changes: Changes) -> None:
        self.outcome.counts |= {
            name: changes.total,
            f"{name}_new": changes.new,
            f"{name}_gone": changes.gone,
        }

    def _report(self, stage: str) -> Callable[[int, int | None], None]:
        return lambda done, total: self.run.progress(stage, done, total)


def run_sync(run: Run, wanted: Wanted | None = None) -> SyncOutcome:
    """Sync and record it. Raises what `sync` raises. The caller holds the writer's lock."""
    with run.recorded("sync") as record:
        outcome = sync(run, wanted)
        record.status = "done" if outcome.complete else "partly"
        record.text = _text(outcome)
        record.counts, record.requests = outcome.counts, outcome.requests
    return outcome


def _text(outcome: SyncOutcome) -> str:
    changed = {
        name.removesuffix("_new"): count
        for name, count in outcome.counts.items()
        if name.endswith("_new") and count
    }
    new = ", ".join(f"{count:,} new {name}" for name, count in changed.items())
    return new or "nothing new"
