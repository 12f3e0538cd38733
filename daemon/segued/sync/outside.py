"""Beyond the account: new releases of artists, and the albums and artists that recipes name.

It is asked within a share of its own, so many requests in any 24 hours, and goes on in the next
sync: first what recipes name, then the tracks of what is new, then the artists that were looked at
longest ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from segue.errors import MalformedAnswerError, NotFoundError
from segue.music.track import Album, Track
from segue.playlists.library import Looked, Release
from segue.recipe.sources import TopRange
from segued.config.sections import FOLLOW_SCOPE
from segued.inventory.outside import WATCHED, due_looks, outside_of, played_artists
from segued.run import Run
from segued.spotify.answers import Page
from segued.store.library import ABSENT, ShareSpentError
from segued.sync.asked import Asking
from segued.sync.tracks import ASK_AGAIN, ASKED_AGAIN, Absent, is_thin, put_tracks
from segued.sync.wanted import Wanted

WATCHED_EVERY = timedelta(days=7)
"""How often it is asked whom the user follows and hears most."""
_KEPT = timedelta(days=400)
"""For how long after its day a release is kept that no recipe names."""
_SHORT = "albums doubted"
"""The cursor of albums that gave fewer tracks than they have."""
_ENDLESS = 200
"""More pages no artist has."""


@dataclass(frozen=True, slots=True)
class OutsideRead:
    """How many artists were looked at and releases found, what recipes name that there is not, what
    else is to be said, and whether something is to be asked again."""

    looks: int = 0
    releases: int = 0
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unfinished: bool = False


def read_outside(run: Run, wanted: Wanted) -> OutsideRead:
    """Read what recipes draw on beyond the account, as far as the share goes.

    Raises ServiceError where Spotify refuses; what was read until then is on the disk.
    """
    reading = _Reading(run, wanted)
    if not reading.wants_anything:
        return OutsideRead()
    try:
        reading.all()
    except ShareSpentError:
        pass
    finally:
        reading.save()
    return reading.result()


class _Reading(Asking):
    """One sync's reading beyond the account."""

    def __init__(self, run: Run, wanted: Wanted) -> None:
        super().__init__(run, wanted)
        self._section = run.settings.discover
        self._absent = Absent(self._library, ABSENT)
        self._short = Absent(self._library, _SHORT)
        self._since = run.now - timedelta(seconds=self._section.released_within)
        self._looks = self._new = 0
        self._notes: list[str] = []

    @property
    def wants_anything(self) -> bool:
        """Whether a recipe draws on what lies beyond the account."""
        wanted = self._wanted
        named = (wanted.album_ids, wanted.artists, wanted.searches, wanted.top_of, self._others())
        return wanted.releases or any(named)

    def all(self) -> None:
        """Every step, the most wanted first."""
        self.ask()
        self._each("album", self._wanted.album_ids, self._album)
        self._each("releases of", self._named(), self._catalogue)
        if self._wanted.releases:
            self._each("artists", ("to look at",), lambda _: self._watch())
            self._read_new()
            due = due_looks(self._section, self._run.state, self._now)
            self._each("releases of", due, self._look_and_read)
        if self._outage is not None:
            raise self._outage

    def result(self) -> OutsideRead:
        """What was read."""
        named = {f"album {i}": "Spotify has no album with this id" for i in self._wanted.album_ids}
        missing = {key: why for key, why in named.items() if key.partition(" ")[2] in self._absent}
        missing |= self.missing()
        notes = tuple(self._notes)
        return OutsideRead(self._looks, self._new, missing, notes, self.unfinished)

    def _album(self, album_id: str) -> None:
        known = self._store.releases().get(album_id)
        if known is not None and known.track_ids is not None:
            return
        if self._absent.rests(album_id, self._now):
            return
        try:
            release, tracks, offset = self.spend().album(album_id)
        except NotFoundError:
            self._absent.refused(album_id, self._now)
            return
        self._absent.found(album_id)
        self._keep(release, tracks, offset)

    def _catalogue(self, artist_id: str) -> None:
        """Everything an artist released, with its tracks."""
        looked, releases = self._store.looked().get(artist_id), self._store.releases()
        if (
            looked is None
            or looked.doubted is not None
            or not (looked.whole and releases.keys() >= set(looked.release_ids))
            or not looked.looked_at <= self._now < looked.looked_at + ASK_AGAIN
        ):
            self._look(artist_id, whole=True)
        self._each("album", self._store.looked()[artist_id].release_ids, self._tracks)

    def _look_and_read(self, artist_id: str) -> None:
        self._look(artist_id, whole=False)
        self._read_new()

    def _tracks(self, release_id: str) -> None:
        """Read the tracks of a release, where they are to be read; one that is gone has none."""
        release = self._store.releases().get(release_id)
        if release is None or release.track_ids is not None:
            return
        try:
            self._keep(release, (), 0)
        except NotFoundError:
            if not self._short.refused(release_id, self._now):
                raise
            self._store.put_releases([replace(release, track_ids=())])

    def _keep(self, release: Release, tracks: Sequence[Track], offset: int | None) -> None:
        """Keep a release with its tracks, those from a row on being read first."""
        every = {track.id: track for track in tracks}
        album, rows = Album(release.name, release.id, release.released), len(tracks)
        while offset is not None:
            page = self.spend().album_tracks_page(album, offset)
            every.update({track.id: track for track in page.items})
            rows, offset = rows + len(page.items), page.next_offset
        due = release.total or 1
        if rows < due and not self._short.refused(release.id, self._now):
            raise MalformedAnswerError(
                f"The album {release.name!r} came with {rows} of {due} tracks; {ASKED_AGAIN}."
            )
        self._short.found(release.id)
        put_tracks(self._library, every.values())
        self._store.put_releases([replace(release, track_ids=tuple(every))])

    def _watch(self) -> None:
        """Bring up to date whose releases are looked for."""
        known = self._store.cursor(WATCHED)
        asked_at = datetime.fromisoformat(known["asked_at"]) if "asked_at" in known else None
        kinds = self._section.artists
        if asked_at is None or not asked_at <= self._now < asked_at + WATCHED_EVERY:
            followed = self._followed() if "followed" in kinds else []
            top = self._top() if "top" in kinds else []
            known |= _believed(known, {"followed": followed, "top": top}, self._now)
        elif "followed" in kinds and not self._run.state.auth.allows(FOLLOW_SCOPE):
            self._notes.append(_NO_FOLLOWED)
        played = played_artists(self._run.state) if "played" in kinds else []
        ids = dict.fromkeys((*known["followed"], *known["top"], *played))
        known["ids"] = list(ids)[: self._section.most_artists]
        self._store.set_cursor(WATCHED, known)

    def _followed(self) -> list[str]:
        if not self._run.state.auth.allows(FOLLOW_SCOPE):
            self._notes.append(_NO_FOLLOWED)
            return []
        found: list[str] = []
        after: str | None = None
        for _ in range(_ENDLESS):
            artists, after = self.spend().followed_artists(after)
            found += [artist.id for artist in artists if artist.id]
            if after is None or len(found) >= self._section.most_artists:
                break
        return found

    def _top(self) -> list[str]:
        ranges: tuple[TopRange, ...] = ("medium", "long")
        artists = (a for each in ranges for a in self.spend().top_artists(each))
        return [artist.id for artist in artists if artist.id]

    def _read_new(self) -> None:
        """Read the tracks of new releases, the newest first."""
        new = outside_of(self._section, self._run.state, self._now).new
        self._each("album", new, self._tracks)

    def _look(self, artist_id: str, *, whole: bool) -> None:
        """Look at what an artist released: all of it, or until nothing new can follow."""
        known = self._store.looked().get(artist_id)
        seen: dict[str, Release] = {}
        offset: int | None = 0
        total: int | None = None
        for _ in range(_ENDLESS):
            assert offset is not None
            try:
                page = self.spend().artist_releases_page(artist_id, offset)
            except NotFoundError:
                offset = None
                break
            seen |= {release.id: release for release in page.items}
            offset, total = page.next_offset, page.total
            if offset is None or (not whole and self._nothing_follows(page, seen, known)):
                break
        before = known.release_ids if known is not None else ()
        everything, few = offset is None, len(seen)
        doubted = known.doubted if known is not None else None
        if everything and is_thin(few, len(before)) and doubted != few:
            looked = known if known is not None and before else Looked(self._now, total)
            self._store.put_looked(artist_id, replace(looked, doubted=few))
            raise MalformedAnswerError(
                f"Spotify gave {few} releases where {len(before)} were known; {ASKED_AGAIN}."
            )
        ids = tuple(seen) if everything else tuple(dict.fromkeys((*seen, *before)))
        looked = Looked(self._now, total, ids, everything or (known is not None and known.whole))
        self._store.put_looked(artist_id, looked)
        self._keep_new(seen.values(), whole=whole)
        self._looks += 1

    def _nothing_follows(
        self, page: Page[Release], seen: Mapping[str, Release], known: Looked | None
    ) -> bool:
        """Whether no new release can be on a later page.

        Spotify does not say how the list is ordered: where albums come before singles, a page of
        old albums tells nothing of new singles. Then only the total does.
        """
        if known is not None and known.total is not None and page.total is not None:
            new = sum(release_id not in known.release_ids for release_id in seen)
            if new == page.total - known.total:
                return True
        days = [release.released for release in page.items]
        kinds = [release.kind for release in page.items]
        by_date = days == sorted(days, reverse=True) and kinds != sorted(kinds)
        oldest = page.items[-1].released_at if page.items else None
        return by_date and oldest is not None and oldest < self._since

    def _keep_new(self, seen: Iterable[Release], *, whole: bool) -> None:
        known, oldest = self._store.releases(), self._now - _KEPT
        new = [release for release in seen if release.id not in known]
        if not whole:
            new = [each for each in new if each.released_at and each.released_at > oldest]
        self._store.put_releases(new)
        self._new += len(new)


def _believed(
    known: Mapping[str, Any], found: Mapping[str, list[str]], now: datetime
) -> dict[str, Any]:
    """The lists of artists to keep: those found, where they are not suddenly thin; of the thin ones
    what was known and how many came, so that the next sync asks again and then believes them."""
    kept: dict[str, Any] = {}
    doubted: dict[str, int] = {}
    for name, ids in found.items():
        before, seen = known.get(name, []), known.get("doubted", {}).get(name)
        if is_thin(len(ids), len(before)) and seen != len(ids) and before:
            doubted[name] = len(ids)
        kept[name] = before if name in doubted else ids
    if not doubted:
        kept["asked_at"] = now.isoformat()
    return kept | {"doubted": doubted}


_NO_FOLLOWED = (
    "The login does not let Segue see whom you follow: new releases are looked for by your top "
    "and most played artists. `segue auth login` asks for it."
)
