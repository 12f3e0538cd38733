"""What is known of the library's tracks: features, lyrics and genres, counted; and what was heard
of a recipe's playlist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from segue.lyrics.notes import shared_by_songs
from segue.names import track_id_in
from segue.playlists.experiment import Verdict, judged
from segue.playlists.heard import HeardVersion, Listed, heard_versions
from segue.playlists.library import Play, Playlist
from segued.config.schema import Settings
from segued.inventory.identity import made_lists
from segued.inventory.reading import LYRICS, choice_of, known_key, read_imported, sound_key
from segued.store.playlists import Trial
from segued.store.state import State
from segued.store.writes import Version


@dataclass(frozen=True, slots=True)
class FeatureCoverage:
    """Audio features: tracks by source ("table+reccobeats" is both), how many of these lack
    something still, tracks that nobody has, and tracks nobody was asked about yet.

    `ask_again_at` is when the first of the missing are asked for again (UTC).
    """

    by_source: Mapping[str, int]
    partly: int
    missing: int
    not_asked: int
    ask_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class LyricCoverage:
    """Lyrics: tracks by the source of their words, instrumentals, tracks nobody has words of,
    and tracks nobody was asked about yet. `encoded` have a vector of the encoder now configured,
    `moods` a mood;
    `suspect` share their words with a different song."""

    by_source: Mapping[str, int]
    instrumental: int
    missing: int
    not_asked: int
    encoded: int
    moods: int
    suspect: int
    ask_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class GenreCoverage:
    """Genres: the artists of the library, those with tags by source, those that no source asked
    has, and those nobody was asked about yet."""

    artists: int
    by_source: Mapping[str, int]
    missing: int
    not_asked: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of how many tracks. `lyrics` is None where they are switched off, `genres`
    where no recipe asks for them and none was looked up; `sounds` have a vector of their own
    file's sound, None where that is switched off."""

    tracks: int
    features: FeatureCoverage
    lyrics: LyricCoverage | None
    genres: GenreCoverage | None = None
    estimates: EstimateCoverage | None = None
    sounds: int | None = None


@dataclass(frozen=True, slots=True)
class EstimateCoverage:
    """How far estimates from own files are off, see `Calibration`: on how many tracks, by measure,
    and which of them are corrected for it."""

    compared: int
    errors: Mapping[str, float]
    corrected: tuple[str, ...]


def read_coverage(settings: Settings, state: State) -> Coverage:
    """Count what is known of the library's tracks; makes no request and changes nothing."""
    ids = state.library.tracks().keys()
    lyrics = _lyrics(settings, state, ids) if settings.lyrics.enabled else None
    genres, found = _genres(settings, state), state.features.calibration()
    key, sounds = sound_key(settings, state), state.features.sounds()
    heard = {i for i, each in sounds.items() if (each.encoder, each.problem) == (key, "")}
    return Coverage(
        tracks=len(ids),
        features=_features(state, frozenset(ids)),
        lyrics=lyrics,
        genres=genres,
        estimates=None
        if found is None
        else EstimateCoverage(found.compared, found.errors, tuple(found.curves)),
        sounds=len(heard & ids) if settings.sound.enabled else None,
    )


def _genres(settings: Settings, state: State) -> GenreCoverage | None:
    known, missed = state.tags.artists(), state.tags.not_found()
    asked_for = any(form.uses_genres for recipe in settings.playlists for form in recipe.forms)
    if not (known or missed or asked_for):
        return None
    artists = {track.artist_key for track in state.library.tracks().values() if track.artists}
    found = [known[key].source for key in artists if key in known]
    missing = sum(key in missed and key not in known for key in artists)
    return GenreCoverage(
        artists=len(artists),
        by_source=dict(Counter(found).most_common()),
        missing=missing,
        not_asked=len(artists) - len(found) - missing,
    )


def _features(state: State, ids: frozenset[str]) -> FeatureCoverage:
    known = state.features.known()
    found = [known[track_id] for track_id in ids if track_id in known]
    missed: dict[str, datetime] = {}
    for (_, track_id), miss in state.features.misses().items():
        if track_id in ids and track_id not in known:
            earlier = missed.get(track_id, miss.ask_again_at)
            missed[track_id] = min(earlier, miss.ask_again_at)
    return FeatureCoverage(
        by_source=dict(Counter(track.source for track in found).most_common()),
        partly=sum(bool(track.values.missing()) for track in found),
        missing=len(missed),
        not_asked=len(ids) - len(found) - len(missed),
        ask_again_at=min(missed.values(), default=None),
    )


def _lyrics(settings: Settings, state: State, ids: Collection[str]) -> LyricCoverage:
    records = state.lyrics.records()
    known = {track_id: records[track_id] for track_id in ids if track_id in records}
    asked = list(known.values())
    found = [record for record in asked if record.status == "found"]
    none = [record for record in asked if record.status == "none"]
    key = known_key(choice_of(settings), state)
    held = state.vectors.get(LYRICS, key) if key is not None else None
    rows = held.rows() if held is not None else {}
    return LyricCoverage(
        by_source=dict(Counter(record.source for record in found).most_common()),
        instrumental=sum(record.status == "instrumental" for record in asked),
        missing=len(none),
        not_asked=sum(track_id not in records for track_id in ids),
        encoded=sum(
            record.status == "found" and track_id in rows for track_id, record in known.items()
        ),
        suspect=sum(map(len, shared_texts(state, key))),
        moods=sum(record.valence is not None for record in found),
        ask_again_at=min(
            (record.ask_again_at for record in none if record.ask_again_at), default=None
        ),
    )


_COMPARED = 12


def shared_texts(state: State, encoder: str | None) -> tuple[tuple[str, ...], ...]:
    """The tracks of different songs that share one text, a group for each text; largest first.

    Where only the vector of a text was kept it tells nothing of that text, but texts that are alike
    have the same vector: what different songs share is a note, or a mistake of the service.

    `encoder` is the key of the encoder whose vectors stand for the texts.
    """
    held = state.vectors.get(LYRICS, encoder) if encoder is not None else None
    if held is None:
        return ()
    rows = held.rows()
    # One text encoded in two batches differs in its last digits: the fewer numbers are rounded, the
    # rarer it is that one of them falls on the other side. A dozen tell any two texts apart.
    rounded = held.matrix[:, :_COMPARED].round(3) + 0.0
    vectors = {
        track_id: rounded[rows[track_id]].tobytes()
        for track_id, record in state.lyrics.records().items()
        if record.status == "found" and track_id in rows
    }
    groups = shared_by_songs(vectors, state.library.tracks())
    return tuple(tuple(group) for group in sorted(groups, key=lambda group: (-len(group), group)))


@dataclass(frozen=True, slots=True)
class HeardPlaylist:
    """What was heard of a playlist, by kept version, oldest first. `since` is the first play of
    which it is known what it was played from; None where there is none yet: nothing is known."""

    playlist_id: str
    since: datetime | None
    versions: tuple[HeardVersion, ...]


def contexts_since(plays: Iterable[Play]) -> datetime | None:
    """Since when plays tell which playlist, album or artist they were played from."""
    return min((play.played_at for play in plays if play.context is not None), default=None)


def read_heard(state: State, playlist_id: str) -> HeardPlaylist:
    """What was heard of each kept version of a playlist, and of the list that stands now."""
    plays = state.plays.all()
    listed = [_listed(version, version.uris) for version in state.versions.list(playlist_id)]
    found = _heard(state, playlist_id, listed, plays)
    return HeardPlaylist(playlist_id, contexts_since(plays), found)


def read_heard_now(state: State, playlist: Playlist, newest: Version) -> HeardVersion:
    """What was heard of a list as it stands, since its `newest` version was kept.

    Only the months of plays since then are read, and an import only where any of them tells of it.
    """
    plays = state.plays.since(newest.taken_at)
    (found,) = _heard(state, playlist.summary.id, [_listed(newest, playlist.uris)], plays)
    return found


def _listed(version: Version, uris: Iterable[str]) -> Listed:
    return Listed(version.id, version.taken_at, tuple(track_id_in(uri) or uri for uri in uris))


def _heard(
    state: State, playlist_id: str, listed: Sequence[Listed], plays: Sequence[Play]
) -> tuple[HeardVersion, ...]:
    context = f"spotify:playlist:{playlist_id}"
    of_list = [play for play in plays if play.context == context]
    imported = read_imported(state, state.library.tracks()) if of_list else None
    liked_at = {saved.track_id: saved.added_at for saved in state.library.liked()}
    return heard_versions(listed, of_list, context, imported, liked_at)


def read_verdict(
    state: State, recipe_id: str, playlist_id: str, trial: Trial, period: str
) -> Verdict:
    """What is known of the experiment of which `trial` is part. `period`, which is under way, does
    not count yet."""
    binding = state.playlists.binding(recipe_id)
    made = binding.made if binding is not None else ()
    variants = {
        each.period: each.trial.variant
        for each in made
        if each.trial is not None
        and each.trial.experiment == trial.experiment
        and each.period != period
    }
    listed = made_lists(binding) if binding is not None else []
    return judged(_heard(state, playlist_id, listed, state.plays.all()), variants)


def heard_document(heard: HeardPlaylist) -> dict[str, object]:
    """{"schema", "playlist_id", "since", "versions"} as JSON values; rows count from 1."""
    return {
        "schema": 1,
        "playlist_id": heard.playlist_id,
        "since": heard.since,
        "versions": [_version(each) for each in heard.versions],
    }


def _version(heard: HeardVersion) -> dict[str, object]:
    return {
        "id": heard.listed.id,
        "taken_at": heard.listed.taken_at,
        "tracks": len(heard.listed.track_ids),
        "plays": list(heard.plays),
        "skips": list(heard.skips),
        "liked_after": [row + 1 for row in heard.liked_after],
        "sittings": [
            {
                "began": sitting.began,
                "shuffled": sitting.shuffled,
                "reached": sitting.reached,
                "passed": [row + 1 for row in sitting.passed],
                "rows": [
                    {
                        "row": play.row + 1,
                        "track_id": play.track_id,
                        "played_at": play.played_at,
                        "ms_played": play.ms_played,
                        "skipped": play.skipped,
                        "reason": play.reason,
                    }
                    for play in sitting.plays
                ],
            }
            for sitting in heard.sittings
        ],
    }
