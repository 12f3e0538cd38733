"""The inbox: new likes that stand in no playlist of the user's own, and where each would belong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.models.baselines import BaselineScorer
from segue.models.learners import LEARNERS
from segue.models.scorer import Query, Scorer, standings
from segue.music.track import Recordings, Track
from segue.names import plural, track_id_in
from segue.playlists.gather.candidates import likes_to_place
from segue.playlists.inventory import Inventory, find_playlist, own_playlists
from segue.playlists.library import Playlist, PlaylistSummary, Saved
from segue.playlists.listening import listening_of, training_data
from segue.playlists.score.evidence import Library, Phrases, of_tracks
from segue.playlists.score.models import Lookup
from segue.playlists.text import shortened

LEARNER = "continuation"
"""The learner that says how well a song goes on a list."""
_LOOKED_AT = 4
"""So many of a song's best playlists are asked why; one that has no reason is not proposed."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A playlist for a song: how far the song stands above all others as a continuation of it, in
    standard deviations, and why, in words."""

    playlist: PlaylistSummary
    standing: float
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A like, when it was liked (UTC), the playlist it fits best, and the runner-up."""

    track: Track
    liked_at: datetime
    best: Fit
    second: Fit | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is proposed, the latest like first; the likes that no playlist speaks for; and `notes`
    of what scored them."""

    proposals: tuple[Proposal, ...] = ()
    nowhere: tuple[Track, ...] = ()
    notes: tuple[str, ...] = ()


def fits(
    scorer: Scorer, lists: Mapping[str, Sequence[str]], track_ids: Collection[str]
) -> dict[str, dict[str, float]]:
    """By track id and by list id, how far the track stands above all others as a continuation of
    the list, in standard deviations.

    `lists` are track ids in order. Tracks that the scorer does not know are left out, and so are
    lists of which it knows no track.
    """
    known = [track_id for track_id in track_ids if track_id in scorer.vocabulary]
    rows = scorer.vocabulary.indices(known)
    found: dict[str, dict[str, float]] = {track_id: {} for track_id in known}
    for list_id, ids in lists.items() if known else ():
        query = Query.of(scorer.vocabulary, playlist=ids)
        if query.playlist.size:
            values = standings(scorer.score(query))[rows].tolist()
            for track_id, value in zip(known, values, strict=True):
                found[track_id][list_id] = value
    return found


def find_homes(
    inventory: Inventory,
    lookup: Lookup,
    since: datetime,
    decided: Collection[str],
    most_rows: int,
) -> Inbox:
    """Where the likes since a moment belong that stand in no playlist they could be added to.

    Those are the user's own that hold fewer than `most_rows` rows, were read whole, are shared with
    nobody, kept by no recipe and not named by `[never]`. A like is left out that `[never]` bars,
    that nobody can play, or that is among those `decided`. The model of `continuation` says
    what fits; where there is none, or it does not know a song yet, its baseline does.
    Raises RecipeError where `[never]` cannot be read.
    """
    targets = {each.summary.id: each for each in _targets(inventory, most_rows)}
    likes = {saved.track_id: saved for saved in _new_likes(inventory, targets, since, decided)}
    if not likes or not targets:
        return Inbox(nowhere=tuple(inventory.tracks[i] for i in likes))
    lists = {i: [t for u in p.uris if (t := track_id_in(u))] for i, p in targets.items()}
    found: dict[str, list[Fit]] = {}
    notes = []
    model = lookup(LEARNER)
    simple = "a simple rule"
    if isinstance(model, str):
        notes.append(f"{simple} scores them: {model}")
    elif isinstance(model, BaselineScorer):
        notes += model.notes
    else:
        found |= _by(model, lists, likes, targets, inventory)
        if new := len(likes.keys() - found.keys()):
            notes.append(
                f"{simple} scores {plural(new, 'like')} that came after the last learning; "
                "`segue learn` learns them"
            )
    if rest := [i for i in likes if i not in found]:
        data = training_data(inventory, listening_of(()))
        scorer = LEARNERS[LEARNER].learner().stand_in(data, "")
        found |= _by(scorer, lists, rest, targets, inventory)
    proposals = [
        Proposal(inventory.tracks[i], saved.added_at, *found[i][:2])
        for i, saved in likes.items()
        if found.get(i)
    ]
    nowhere = tuple(inventory.tracks[i] for i in likes if not found.get(i))
    return Inbox(tuple(proposals), nowhere, tuple(notes))


def _targets(inventory: Inventory, most_rows: int) -> Iterator[Playlist]:
    """The playlists that a song could be added to."""
    barred = [find_playlist(reference, inventory) for reference in inventory.never.playlists]
    out = {each.summary.id for each in barred if isinstance(each, Playlist)}
    out |= inventory.kept_by_segue
    for playlist in own_playlists(inventory):
        if (
            isinstance(playlist, Playlist)
            and playlist.complete
            and not playlist.summary.collaborative
            and playlist.summary.id not in out
            and 0 < len(playlist.entries) < most_rows
        ):
            yield playlist


def _new_likes(
    inventory: Inventory,
    targets: Mapping[str, Playlist],
    since: datetime,
    decided: Collection[str],
) -> list[Saved]:
    """The likes to find a place for, the latest first."""
    held = Recordings(e.track for p in targets.values() for e in p.entries if e.track)
    return [
        saved
        for saved in sorted(likes_to_place(inventory), key=lambda s: s.added_at, reverse=True)
        if saved.added_at >= since
        and saved.track_id not in decided
        and held.original_of(inventory.tracks[saved.track_id]) is None
    ]


def _by(
    scorer: Scorer,
    lists: Mapping[str, Sequence[str]],
    track_ids: Collection[str],
    targets: Mapping[str, Playlist],
    inventory: Inventory,
) -> dict[str, list[Fit]]:
    """The playlists that fit each track the scorer knows, the best first."""
    ranked: dict[str, list[tuple[str, float]]] = {}
    for track_id, by_list in fits(scorer, lists, track_ids).items():
        above = [(list_id, value) for list_id, value in by_list.items() if value > 0]
        ranked[track_id] = sorted(above, key=lambda pair: -pair[1])[:_LOOKED_AT]
    asked: dict[str, list[str]] = {}
    for track_id, pairs in ranked.items():
        for list_id, _ in pairs:
            asked.setdefault(list_id, []).append(track_id)
    why = {
        (list_id, track_id): words
        for list_id, ids in asked.items()
        for track_id, words in _why(scorer, lists[list_id], ids, inventory).items()
    }
    return {
        track_id: [
            Fit(targets[list_id].summary, value, why[list_id, track_id])
            for list_id, value in pairs
            if (list_id, track_id) in why
        ]
        for track_id, pairs in ranked.items()
    }


def _why(
    scorer: Scorer, ids: Sequence[str], track_ids: Sequence[str], inventory: Inventory
) -> dict[str, str]:
    """Why each of some tracks goes on a list; those that nothing speaks for are left out."""
    tracks, said = inventory.tracks, {}
    if not isinstance(scorer, BaselineScorer):
        spec = LEARNERS[LEARNER]
        query = Query.of(scorer.vocabulary, playlist=ids)
        words = of_tracks(scorer, query, Phrases(spec.near, spec.far), Library(inventory), {})
        said = {track_id: each.text for track_id, each in words(track_ids).items()}
    for track_id in track_ids:
        track = tracks[track_id]
        same = sum(i in tracks and tracks[i].artist_key == track.artist_key for i in ids)
        if track_id not in said and same and track.artist_key:
            artist = shortened(track.artist, 24)
            said[track_id] = f"{same:,} of its {plural(len(ids), 'song')} by {artist}"
    return said
