"""The evidence of a score in words: which tracks or features pulled a track in.

A phrase holds the heaviest of the pieces that a scorer names, the detail all with their shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from segue.models.baselines import BaselineScorer
from segue.models.scorer import Pieces, Query, Scorer
from segue.music.features import UNKNOWN
from segue.music.track import Track
from segue.names import plural
from segue.playlists.inventory import Inventory
from segue.playlists.text import LINE, clock, listed, shortened, sound_words, width

MOST_NAMED = 3
"""So many tracks of the evidence are named in a phrase."""

MOST_FEATURES = 2
LEAST_SHARE = 0.05
"""A lighter piece stands in the detail only, but for the heaviest one."""

MOST_EXPLAINED = 500
"""Of a longer list only the first tracks have evidence: to measure it costs a score a piece."""

_TITLE_COLUMNS = (40, 26, 17)
"""How wide a title may be in a phrase that names one, two or three."""


@dataclass(frozen=True, slots=True)
class Words:
    """Why a track scores as it does: a phrase for one line, and every piece with its share."""

    text: str
    detail: str = ""


Explanation = Callable[[Sequence[str]], Mapping[str, Words]]
"""Words for each of some track ids; those of which a scorer has nothing to say are left out."""


Together = Mapping[str, Mapping[str, Sequence[str]]]
"""By track id and another's, the names of the playlists that hold both."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """How evidence by tracks is said: `near` one of the `seeds`, or else `far`."""

    near: str
    far: str
    seeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """What words are made of: the tracks of an inventory, and what the user did with them."""

    inventory: Inventory

    @cached_property
    def likes_by_artist(self) -> Counter[str]:
        """How many of the user's likes each artist made, by `artist_key`."""
        tracks = self.inventory.tracks
        liked = (tracks.get(saved.track_id) for saved in self.inventory.liked)
        return Counter(track.artist_key for track in liked if track is not None)

    @cached_property
    def lists(self) -> Counter[str]:
        """How many of the user's own playlists hold each URI."""
        return Counter(
            uri
            for playlist in self.inventory.playlists.values()
            if playlist.summary.owner_id == self.inventory.user_id
            for uri in set(playlist.uris)
        )

    def artist(self, track: Track) -> str:
        """An artist's share of the user's likes."""
        name = shortened(track.artist, 24) or "an unknown artist"
        likes = self.likes_by_artist[track.artist_key] if track.artist_key else 0
        if not likes:
            return f"by {name}"
        return f"{name} made {likes:,} of your {len(self.inventory.liked):,} likes"

    def feature(self, name: str, track_id: str) -> str:
        """What is known of a track under one of `segue.models.data.KNOWN`, as a phrase."""
        track = self.inventory.tracks.get(track_id)
        heard = self.inventory.features.get(track_id, UNKNOWN)
        if track is not None:
            year = track.album.release_year if track.album else None
            known = {
                "artist": self.artist(track),
                "duration_ms": f"{clock(track.duration_ms)} long",
                "released": f"from {year}" if year else "",
            }
            if known.get(name):
                return known[name]
        return sound_words(name, heard) or name

    def titles(self, track_ids: Sequence[str]) -> str:
        """Up to three titles in quotes, shortened so that they fit a line."""
        columns = _TITLE_COLUMNS[min(len(track_ids), MOST_NAMED) - 1]
        named = (shortened(self.title(track_id), columns) for track_id in track_ids[:MOST_NAMED])
        return listed([f"“{title}”" for title in named])

    def beside(self, track_id: str, lists: Sequence[str]) -> str:
        """That a track stands with another in some playlists, by their names."""
        names = [f"“{shortened(name, 18)}”" for name in lists]
        more = f"{len(names) - 1} others"
        places = listed(names if len(names) < MOST_NAMED else [names[0], more])
        return f"stands beside “{shortened(self.title(track_id), 20)}” in {places}"

    def title(self, track_id: str) -> str:
        """A track's title, or its id where that is all there is."""
        track = self.inventory.tracks.get(track_id)
        return track.title if track is not None else track_id


def of_features(scorer: Scorer, library: Library) -> Explanation:
    """Words for a scorer that goes by what is known of a track: its estimate, 0..1, that the user
    likes it, rounded down, and what carries it."""
    values = scorer.score(Query())

    def words(track_id: str, row: int, pieces: Pieces) -> Words:
        said: dict[str, float] = {}
        for piece in pieces:
            phrase = library.feature(piece.name, track_id)
            said[phrase] = said.get(phrase, 0.0) + piece.share
        text, parting = f"{int(100 * values[row])} % likely to please", ": "
        for phrase in _heavy(said.items(), MOST_FEATURES):
            if width(f"{text}{parting}{phrase}") <= LINE:
                text, parting = f"{text}{parting}{phrase}", ", "
        return Words(text, _shares(said.items()))

    return _explained(scorer, Query(), words)


def of_tracks(
    scorer: Scorer, query: Query, phrases: Phrases, library: Library, beside: Together
) -> Explanation:
    """Words for a scorer that is asked with tracks: those that pulled a track in.

    `beside` names the user's playlists in which a track stands with one that pulled it in.
    """

    def words(track_id: str, _: int, pieces: Pieces) -> Words | None:
        if track_id in phrases.seeds:
            return Words("is one of the seeds" if len(phrases.seeds) > 1 else "is the seed")
        pulled = [(scorer.vocabulary[p.row], p.share) for p in pieces if p.kind == "track"]
        detail = _shares((f"“{library.title(i)}”", share) for i, share in pulled)
        lists = beside.get(track_id, {})
        for other in (other for other, _ in pulled if other in lists):
            return Words(library.beside(other, lists[other]), detail)
        heavy = _heavy(pulled, MOST_NAMED)
        if not heavy:
            return None
        seed = len(heavy) == 1 and heavy[0] in phrases.seeds
        lead = phrases.near if seed else phrases.far
        return Words(f"{lead} {library.titles(heavy)}", detail)

    return _explained(scorer, query, words)


def of_baseline(scorer: BaselineScorer, query: Query, library: Library) -> Explanation:
    """Words for a simple rule: what it found of a track, and in the detail what it goes by."""

    def words(track_id: str, _: int, pieces: Pieces) -> Words:
        track = library.inventory.tracks.get(track_id)
        if track is None:
            return Words(scorer.label)
        alike = [scorer.vocabulary[piece.row] for piece in pieces if piece.kind == "track"]
        if alike and scorer.alike is not None:
            text = f"its artist shares lists with {library.titles(alike[:2])}"
        elif alike:
            text = f"by {shortened(track.artist, 20)}, like {library.titles(alike[:2])}"
        elif scorer.name == "taste":
            text = library.artist(track)
        else:
            text = f"in {plural(library.lists[track.uri], 'playlist')} of yours"
        return Words(text, f"by {scorer.label}")

    return _explained(scorer, query, words)


def _explained(
    scorer: Scorer, query: Query, words: Callable[[str, int, Pieces], Words | None]
) -> Explanation:
    """Ask for the evidence of all tracks at once, and say it for each."""

    def explain(track_ids: Sequence[str]) -> Mapping[str, Words]:
        known = [track_id for track_id in track_ids if track_id in scorer.vocabulary]
        rows = scorer.vocabulary.indices(known)
        found = scorer.evidence(query, rows[:MOST_EXPLAINED]) if known else ()
        found += ((),) * (len(known) - len(found))
        return {
            track_id: said
            for track_id, row, pieces in zip(known, rows.tolist(), found, strict=True)
            if (said := words(track_id, row, pieces)) is not None
        }

    return explain


def _heavy(pieces: Iterable[tuple[str, float]], most: int) -> list[str]:
    """The heaviest pieces, at least one where there is any."""
    return [
        name
        for place, (name, share) in enumerate(sorted(pieces, key=lambda piece: -piece[1])[:most])
        if place == 0 or share >= LEAST_SHARE
    ]


def _shares(pieces: Iterable[tuple[str, float]]) -> str:
    """Pieces with their shares, the heaviest first: "energy 0.83 (61 %), 122 BPM (30 %)"."""
    heaviest = sorted(pieces, key=lambda piece: -piece[1])
    return ", ".join(f"{name} ({100 * share:.0f} %)" for name, share in heaviest if share > 0.005)
