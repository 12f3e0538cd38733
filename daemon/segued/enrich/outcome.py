"""What an enrichment found and what it left missing, as values and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from segue.errors import PARTLY, RateLimitedError
from segue.names import plural
from segue.playlists.gather.candidates import Candidates
from segue.playlists.gather.needs import Needs
from segue.playlists.inventory import Inventory
from segue.playlists.text import quoted
from segue.recipe.recipe import Recipe
from segued.store.state import State

if TYPE_CHECKING:
    from segued.enrich.lyrics import LyricsOutcome
    from segued.enrich.sources import LookupOutcome, SourceFailure


@dataclass(slots=True)
class SoundOutcome:
    """How many tracks with a file of their own lacked a vector of its sound, how many have one now,
    and how many of the files hold no sound; `problem` says why nothing could be encoded."""

    asked: int = 0
    encoded: int = 0
    silent: int = 0
    problem: str | None = None
    out_of_time: bool = False


@dataclass(slots=True)
class EnrichOutcome:
    """What an enrichment found, by part; a part that was not asked for is None. `requests` counts
    by source; `problems` are other parts that could not be done, in words."""

    features: LookupOutcome | None = None
    lyrics: LyricsOutcome | None = None
    genres: LookupOutcome | None = None
    sound: SoundOutcome | None = None
    requests: Mapping[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def failures(self) -> Mapping[str, SourceFailure]:
        """What went wrong, by source."""
        return {name: each for part in self._parts() for name, each in part.failures.items()}

    @property
    def out_of_time(self) -> bool:
        """Whether time ran out before everything was asked."""
        sound = self.sound is not None and self.sound.out_of_time
        return sound or any(part.out_of_time for part in self._parts())

    @property
    def waiting(self) -> int:
        """How many tracks and artists could not be asked about, the parts added up."""
        return sum(part.waiting for part in self._parts())

    @property
    def complete(self) -> bool:
        """Whether everything asked for was asked."""
        return not (self.out_of_time or self.failures or self._problems())

    @property
    def retry_at(self) -> datetime | None:
        """When the first of the services that ask to be left alone may be asked again (UTC)."""
        latest = (failure.latest for failure in self.failures.values() if failure.given_up)
        return min((e.retry_at for e in latest if isinstance(e, RateLimitedError)), default=None)

    @property
    def exit_code(self) -> int:
        """0 when all was asked, 5 when every source that was asked wants to be left alone."""
        if self.complete or self.out_of_time:
            return 0 if self.complete else PARTLY
        limited = [failure.rate_limited for failure in self.failures.values()]
        nothing = not self._answered() and not self._problems()
        return RateLimitedError.exit_code if limited and all(limited) and nothing else PARTLY

    def said(self) -> Iterator[str]:
        """What could not be done, a line for each source and part."""
        for source, failure in self.failures.items():
            shown = str(failure)
            yield shown if shown.startswith(source) else f"{source}: {shown}"
        yield from self._problems()

    @property
    def counts(self) -> dict[str, int]:
        """What is new, for the history."""
        features, lyrics, genres, sound = self.features, self.lyrics, self.genres, self.sound
        counts: dict[str, int] = {}
        if features is not None:
            counts["features_new"] = sum(features.found.values())
        if lyrics is not None:
            counts |= {"lyrics_new": sum(lyrics.found.values()), "encoded": lyrics.encoded}
        if genres is not None:
            counts["genres_new"] = sum(genres.found.values())
        if sound is not None:
            counts["sounds_new"] = sound.encoded
        return counts | {"waiting": self.waiting}

    @property
    def text(self) -> str:
        """What is new, and what could not be done, in a line."""
        counts = self.counts
        found = [
            f"{word} of {counts[name]:,} {things}"
            for name, word, things in (
                ("features_new", "features", "tracks"),
                ("lyrics_new", "lyrics", "tracks"),
                ("genres_new", "genres", "artists"),
                ("sounds_new", "the sound", "files"),
            )
            if counts.get(name)
        ]
        text = "found " + " and ".join(found) if found else "nothing new"
        return "; ".join([text, *self.said()])

    def document(self) -> dict[str, object]:
        """The outcome as part of a JSON document."""
        lyrics = self.lyrics
        return {
            "complete": self.complete,
            "features": None if self.features is None else self.features.document(),
            "lyrics": None
            if lyrics is None
            else {
                "asked": lyrics.asked,
                "found": lyrics.found,
                "instrumental": lyrics.instrumental,
                "missing": lyrics.none,
                "encoded": lyrics.encoded,
                "waiting": lyrics.waiting,
                "mood": lyrics.mood_note,
                "suspect": [list(group) for group in lyrics.suspect],
            },
            "genres": None if self.genres is None else self.genres.document(),
            "sound": None if self.sound is None else asdict(self.sound),
            "out_of_time": self.out_of_time,
            "retry_at": self.retry_at,
            "problems": list(self.said()),
            "requests": dict(self.requests),
        }

    def _parts(self) -> tuple[LookupOutcome | LyricsOutcome, ...]:
        parts = (self.features, self.lyrics, self.genres)
        return tuple(part for part in parts if part is not None)

    def _answered(self) -> bool:
        features, lyrics, genres = self.features, self.lyrics, self.genres
        counts = {**features.found, **features.missing} if features else {}
        counts |= {**genres.found, **genres.missing} if genres else {}
        heard = bool(lyrics and (lyrics.found or lyrics.instrumental or lyrics.none))
        return bool(counts.keys() - {"table"}) or heard

    def _problems(self) -> tuple[str, ...]:
        problem = self.lyrics.problem if self.lyrics is not None else None
        found = (f"lyrics: {problem}",) if problem else ()
        unheard = self.sound.problem if self.sound is not None else None
        found = (*found, f"sound: {unheard}") if unheard else found
        return tuple(dict.fromkeys((*self.problems, *found)))


_LATER = "`segue enrich` does, and each refresh some"


def missing_notes(
    recipe: Recipe, inventory: Inventory, state: State, found: Candidates
) -> tuple[str, ...]:
    """Notes on what a recipe's filter asks about and that was never looked up.

    What was looked up and not found is no news: the stages count it as unknown.
    """
    lacking = Needs(recipe, inventory, found)
    notes: list[str] = []
    if lacking.filtered:
        missed = {track_id for _, track_id in state.features.misses()}
        known = inventory.features
        new = [i for i in lacking.features if i not in known and i not in missed]
        if new:
            notes.append(
                f"the filter asks for audio features, and those of {plural(len(new), 'track')} "
                f"were not looked up yet: {_LATER}"
            )
    asked = state.lyrics.records()
    unheard = [i for i in lacking.lyrics if i not in asked or i in inventory.lyrics]
    if unheard:
        notes.append(
            f"the filter asks about lyrics, and those of {plural(len(unheard), 'track')} were not "
            f"looked up yet: {_LATER}"
        )
    if genres := lacking.genres:
        artists = {inventory.tracks[i].artist_key for i in genres}
        asked_for = {key for key in artists if key and key not in state.tags.not_found()}
        if asked_for:
            notes.append(
                f"the genres of {plural(len(asked_for), 'artist')} were not looked up yet: {_LATER}"
            )
    if texts := lacking.texts:
        notes.append(
            f"{quoted(texts)} could not be compared with lyrics yet: the text is encoded "
            "by `segue enrich` or the next refresh"
        )
    return tuple(notes)
