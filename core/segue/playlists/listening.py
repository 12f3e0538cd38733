"""Plays as columns: united, counted and parted, and as what learners are trained on."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Indices, Session, TrackTable, TrainingData, Vocabulary, track_table
from segue.music.features import UNKNOWN, abstract_matrix, genre_columns
from segue.music.track import date_as_year
from segue.names import track_id_in
from segue.playlists.inventory import SHORTEST_PLAY_MS, Inventory, VectorSpace, own_playlists
from segue.playlists.library import RECENT, Heard, Play, Playlist

SESSION_GAP_SECONDS = 1800.0
"""A pause longer than half an hour ends a session."""

_TOLERANCE_SECONDS = 245.0
"""How far two reports of one play of unknown length lie apart: four minutes and a little."""

REASONS = (
    "trackdone", "fwdbtn", "backbtn", "endplay", "clickrow", "playbtn", "remote", "logout",
    "trackerror", "unexpected-exit", "unexpected-exit-while-paused", "appload", "clickside",
    "popup", "uriopen", "switched-to-audio", "switched-to-video", "reload", "other",
)  # fmt: skip
"""Why a play began or ended, as Spotify's export says it; anything else is "other"."""

NOT_SAID: NDArray[np.int8] = np.zeros(0, dtype=np.int8)

PER_PLAY = ("played_at", "ms_played", "skipped", "started", "ended", "shuffled")
"""The columns of a `Listening` beside its tracks, in the order of its fields."""


@dataclass(frozen=True, slots=True, eq=False)
class Listening:
    """Plays, oldest first: (n,) each.

    `track` are rows of `track_ids`; `played_at` is in Unix seconds; `ms_played` is −1 where
    unknown; `skipped` is 1 where the play was skipped, 0 where it was not, −1 where unknown; so is
    `shuffled` for shuffle mode. `started` and `ended` are rows of `REASONS`, −1 where unknown; all
    three are unknown where they are not given.
    """

    track_ids: tuple[str, ...]
    track: NDArray[np.int32]
    played_at: NDArray[np.float64]
    ms_played: NDArray[np.int32]
    skipped: NDArray[np.int8]
    started: NDArray[np.int8] = field(default_factory=lambda: NOT_SAID)
    ended: NDArray[np.int8] = field(default_factory=lambda: NOT_SAID)
    shuffled: NDArray[np.int8] = field(default_factory=lambda: NOT_SAID)

    def __post_init__(self) -> None:
        for name in ("started", "ended", "shuffled"):
            if getattr(self, name) is NOT_SAID and len(self):
                object.__setattr__(self, name, np.full(len(self), -1, dtype=np.int8))

    def __len__(self) -> int:
        return int(self.track.size)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Listening:
        """Some of the plays, in the order given; the ids keep their rows."""
        columns = (getattr(self, name)[rows] for name in PER_PLAY)
        return Listening(self.track_ids, self.track[rows], *columns)

    def counts(self) -> NDArray[np.bool_]:
        """Which plays count: (n,). Skipped and very short ones do not."""
        short = (self.ms_played >= 0) & (self.ms_played < SHORTEST_PLAY_MS)
        return np.asarray((self.skipped != 1) & ~short, dtype=np.bool_)


def listening_of(plays: Iterable[Play]) -> Listening:
    """Plays laid out as columns."""
    every = sorted(plays, key=lambda play: play.played_at)
    row = {track_id: i for i, track_id in enumerate(dict.fromkeys(p.track_id for p in every))}
    return Listening(
        track_ids=tuple(row),
        track=np.array([row[play.track_id] for play in every], dtype=np.int32),
        played_at=np.array([play.played_at.timestamp() for play in every], dtype=np.float64),
        ms_played=np.array(
            [-1 if play.ms_played is None else play.ms_played for play in every], dtype=np.int32
        ),
        skipped=np.array(
            [-1 if play.skipped is None else int(play.skipped) for play in every], dtype=np.int8
        ),
    )


def under_ids(listening: Listening, ids: Sequence[str]) -> Listening:
    """The same plays with other ids in the place of `track_ids`, which may fall together."""
    row = {track_id: i for i, track_id in enumerate(dict.fromkeys(ids))}
    place = np.array([row[track_id] for track_id in ids], dtype=np.int32)
    track = place[listening.track] if len(listening) else listening.track
    return replace(listening, track_ids=tuple(row), track=track)


def merged(first: Listening, second: Listening) -> Listening:
    """Both, oldest first, less the plays of `second` that `first` has too.

    A play that two sources report may bear its start in one and its end in the other.
    """
    ids = tuple(dict.fromkeys((*first.track_ids, *second.track_ids)))
    row = {track_id: i for i, track_id in enumerate(ids)}

    def rows(plays: Listening) -> NDArray[np.int32]:
        place = np.array([row[track_id] for track_id in plays.track_ids], dtype=np.int32)
        return place[plays.track] if len(plays) else plays.track

    mine, theirs = rows(first), rows(second)
    new = ~_reported(mine, first.played_at, theirs, second.played_at)
    joined = concatenated(
        ids, [replace(first, track=mine), replace(second, track=theirs).take(new)]
    )
    return joined.take(np.lexsort((joined.track, joined.played_at)))


def concatenated(ids: tuple[str, ...], parts: Sequence[Listening]) -> Listening:
    """The plays of several one after another; `track` of each are rows of `ids`."""
    columns = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("track", *PER_PLAY)
    )
    return Listening(ids, *columns)


def unreported(plays: Sequence[Play], listening: Listening) -> tuple[Play, ...]:
    """The plays that a listening does not have already."""
    if not len(listening) or not plays:
        return tuple(plays)
    row = {track_id: i for i, track_id in enumerate(listening.track_ids)}
    track = np.array([row.get(play.track_id, -1) for play in plays], dtype=np.int32)
    moments = np.array([play.played_at.timestamp() for play in plays], dtype=np.float64)
    known = _reported(listening.track, listening.played_at, track, moments)
    return tuple(play for play, there in zip(plays, known.tolist(), strict=True) if not there)


def _reported(
    known: NDArray[np.int32],
    known_at: NDArray[np.float64],
    track: NDArray[np.int32],
    played_at: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which plays have a known one of the same track close by: (n_plays,)."""
    found = np.zeros(track.size, dtype=np.bool_)
    if not known.size:
        return found
    order = np.lexsort((known_at, known))
    tracks, times = known[order], known_at[order]
    for i, (which, when) in enumerate(zip(track.tolist(), played_at.tolist(), strict=True)):
        low, high = np.searchsorted(tracks, [which, which + 1])
        near = np.searchsorted(times[low:high], when - _TOLERANCE_SECONDS) + low
        found[i] = near < high and times[near] <= when + _TOLERANCE_SECONDS
    return found


def heard_in(listening: Listening) -> Mapping[str, Heard]:
    """How often and when last each track was played, by track id; the most recent first."""
    counted = listening.counts()
    plays = np.bincount(listening.track[counted])
    track = np.flatnonzero(plays)
    starts = (np.cumsum(plays) - plays)[track]
    newest = _by_track(listening.track, counted)
    last = listening.played_at[newest[starts]]
    order = np.argsort(-last, kind="stable")
    track, starts = track[order], starts[order]
    sizes = plays[track]
    kept = np.minimum(sizes, RECENT)
    ends = np.cumsum(kept)
    rows = np.arange(kept.sum()) + np.repeat(starts - ends + kept, kept)
    recent = array("d", listening.played_at[newest[rows]].tobytes())  # no object for each moment
    first = listening.played_at[newest[starts + sizes - 1]].tolist()
    places = zip((ends - kept).tolist(), ends.tolist(), strict=True)
    parts = (recent[begin:end] for begin, end in places)
    heard = map(Heard._make, zip(sizes.tolist(), first, parts, strict=True))
    return dict(zip([listening.track_ids[i] for i in track.tolist()], heard, strict=True))


def _by_track(track: NDArray[np.int32], counted: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The plays that count, by track, the newest of each first: (n,). By 16 bits NumPy sorts in
    proportion to them."""
    low, high = track.astype(np.uint16), track >> 16
    parts = []
    for part in range(int(high.max(initial=0)) + 1):
        newest = np.flatnonzero(counted & (high == part))[::-1]
        parts.append(newest[np.argsort(low[newest], kind="stable")])
    return np.concatenate(parts)


def sessions_in(listening: Listening, vocabulary: Vocabulary) -> tuple[Session, ...]:
    """Plays parted where a pause is longer than `SESSION_GAP_SECONDS`, oldest first.

    A pause runs from the moment of one play to that of the next, less what was heard of it.
    Tracks the vocabulary does not know are left out; they part nothing.
    """
    if not len(listening):
        return ()
    rows = np.array(
        [-1 if (i := vocabulary.index(each)) is None else i for each in listening.track_ids],
        dtype=np.int32,
    )[listening.track]
    pause = np.diff(listening.played_at) - np.maximum(listening.ms_played[1:], 0) / 1000
    session = np.concatenate([[0], np.cumsum(pause > SESSION_GAP_SECONDS)])
    known = np.flatnonzero(rows >= 0)
    if not known.size:
        return ()
    starts = np.flatnonzero(np.diff(session[known])) + 1
    return tuple(
        Session(rows[part], listening.skipped[part], listening.played_at[part])
        for part in np.split(known, starts)
    )


TEXT_SIZE = 48
"""How many principal directions of vectors are kept: learners' cost grows with their square."""


def training_data(
    inventory: Inventory, listening: Listening, passed: Sequence[str] = ()
) -> TrainingData:
    """Everything that can be learned from the user's own library, in the rows of one vocabulary.

    Playlists are the user's own in their order, less those that recipes make; likes come with
    their dates; what the user took out of Segue's playlists by hand are the dislikes; plays are
    sessions, `passed` the tracks passed over. The vocabulary holds every known track, by id.
    """
    vocabulary = Vocabulary(sorted(inventory.tracks))
    lists = [found for found in own_playlists(inventory) if isinstance(found, Playlist)]
    kept = [(each.summary.id, rows) for each in lists if (rows := _rows(each, vocabulary)).size]
    liked = [saved for saved in inventory.liked if saved.track_id in vocabulary]
    out = {i for uris in inventory.kept_out.values() for uri in uris if (i := track_id_in(uri))}
    return TrainingData(
        vocabulary=vocabulary,
        tracks=_table(inventory, vocabulary),
        playlists=tuple(rows for _, rows in kept),
        playlist_ids=tuple(playlist_id for playlist_id, _ in kept),
        likes=vocabulary.indices(saved.track_id for saved in liked),
        liked_at=np.array([saved.added_at.timestamp() for saved in liked], dtype=np.float64),
        dislikes=vocabulary.indices(sorted(out - {saved.track_id for saved in liked})),
        sessions=sessions_in(listening, vocabulary),
        passed=vocabulary.indices(passed),
    )


def _rows(playlist: Playlist, vocabulary: Vocabulary) -> Indices:
    ids = (track_id_in(entry.uri) for entry in playlist.entries if entry.kind == "track")
    return vocabulary.indices(track_id for track_id in ids if track_id is not None)


def _table(inventory: Inventory, vocabulary: Vocabulary) -> TrackTable:
    tracks, every = [inventory.tracks[i] for i in vocabulary], inventory.genre_tree.every
    features = [inventory.features.get(track_id, UNKNOWN) for track_id in vocabulary]
    lengths = [track.duration_ms or np.nan for track in tracks]
    return track_table(
        len(tracks),
        titles=[track.title for track in tracks],
        abstract=abstract_matrix(features),
        key=np.array([row.key for row in features], dtype=np.int8),
        mode=np.array([row.mode for row in features], dtype=np.int8),
        tempo=np.array(
            [row.tempo if row.has_tempo else np.nan for row in features], dtype=np.float32
        ),
        duration_ms=np.array(lengths, dtype=np.float32),
        released=np.array(
            [date_as_year(t.album.release_date if t.album else None) for t in tracks],
            dtype=np.float32,
        ),
        artists=[track.artist for track in tracks],
        albums=[
            f"{track.album.name} ({track.artist})" if track.album and track.album.name else ""
            for track in tracks
        ],
        text=_vectors(inventory.lyric_space, vocabulary),
        sound=_vectors(inventory.sound_space, vocabulary),
        mood=_moods(inventory, vocabulary),
        genres=genre_columns([every(inventory.genres.get(i, ())) for i in vocabulary]),
    )


def _moods(inventory: Inventory, vocabulary: Vocabulary) -> NDArray[np.float32] | None:
    """The mood of the words, (n,) in −1..1, NaN unknown; None where no track's is known."""
    known = {i: words.mood for i, words in inventory.lyrics.items() if words.mood is not None}
    return np.array([known.get(i, np.nan) for i in vocabulary], np.float32) if known else None


def _vectors(space: VectorSpace, vocabulary: Vocabulary) -> NDArray[np.float32] | None:
    """Vectors along their first principal directions: (n, `TEXT_SIZE` or less)."""
    rows = [(row, space.rows[i]) for row, i in enumerate(vocabulary) if i in space.rows]
    if not rows:
        return None
    places, sources = (list(part) for part in zip(*rows, strict=True))
    known = space.matrix[sources].astype(np.float64)
    known -= known.mean(axis=0)
    _, directions = np.linalg.eigh(known.T @ known)
    known = known @ directions[:, ::-1][:, :TEXT_SIZE]
    texts = np.full((len(vocabulary), known.shape[1]), np.nan, dtype=np.float32)
    texts[places] = known
    return texts
