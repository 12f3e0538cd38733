"""Listening as columns, and training data: what the learners may learn of an account."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from segue.models.data import Indices, TrackTable, TrainingData, Vocabulary, track_table
from segue.music.features import UNKNOWN, abstract_matrix
from segue.names import track_id_in
from segue.playlists.inventory import Inventory, LyricSpace, own_playlists
from segue.playlists.library import Playlist
from segue.playlists.listening import Listening, sessions_in

TEXT_SIZE = 48
"""How many principal directions of lyric vectors are kept: the learners' cost grows with their
square."""


def training_data(inventory: Inventory, listening: Listening) -> TrainingData:
    """Everything that can be learned from the user's own library, in the rows of one vocabulary.

    Playlists are the user's own in their order, less those that recipes make; likes come with
    their dates; what the user took out of Segue's playlists by hand are the dislikes; plays are
    sessions. The vocabulary holds every known track, by id.
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
    )


def release_year(release_date: str | None) -> float:
    """A date of release as a year with its fraction; NaN where unknown.

    A lone year stands for its middle, a month for its middle: "2020" is 2020.5.
    """
    parts = (release_date or "").split("-")
    try:
        year, *rest = (int(part) for part in parts)
        if year == 0:
            return float("nan")
        month = rest[0] if rest else 7
        day = rest[1] if len(rest) > 1 else 15 if rest else 2
        return year + (date(year, month, day).timetuple().tm_yday - 1) / 365.25
    except ValueError:
        return float("nan")


def _rows(playlist: Playlist, vocabulary: Vocabulary) -> Indices:
    ids = (track_id_in(entry.uri) for entry in playlist.entries if entry.kind == "track")
    return vocabulary.indices(track_id for track_id in ids if track_id is not None)


def _table(inventory: Inventory, vocabulary: Vocabulary) -> TrackTable:
    tracks = [inventory.tracks[track_id] for track_id in vocabulary]
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
            [release_year(t.album.release_date if t.album else None) for t in tracks],
            dtype=np.float32,
        ),
        artists=[track.artist for track in tracks],
        albums=[
            f"{track.album.name} ({track.artist})" if track.album and track.album.name else ""
            for track in tracks
        ],
        text=_texts(inventory.lyric_space, vocabulary),
        mood=_moods(inventory, vocabulary),
    )


def _moods(inventory: Inventory, vocabulary: Vocabulary) -> NDArray[np.float32] | None:
    """The mood of the words, (n,) in −1..1, NaN unknown; None where no track's is known."""
    known = {i: words.mood for i, words in inventory.lyrics.items() if words.mood is not None}
    if not known:
        return None
    return np.array([known.get(track_id, np.nan) for track_id in vocabulary], dtype=np.float32)


def _texts(space: LyricSpace, vocabulary: Vocabulary) -> NDArray[np.float32] | None:
    """Lyric vectors along their first principal directions: (n, `TEXT_SIZE` or less)."""
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
