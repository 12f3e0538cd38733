"""Everything that speaks for or against a track going with a query, as columns of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segue.models.data import Floats, Indices, Reals, Rows
from segue.models.lists.catalogue import Catalogue
from segue.models.lists.episodes import plausibility
from segue.models.lists.lists import TrainingLists, combined

Flags = NDArray[np.bool_]
Chosen = Rows | slice
"""Which tracks: their rows, or all of them by an empty slice."""

OWN_COUNT = "own_count"
"""In how many lists a track stands."""

BY_ALBUM = ("artists", "both")
"""The kinds of lists whose albums count."""

RECENT = 0.9
LATEST = 0.6
"""How much each step back from a query's last track counts: slowly and quickly forgotten."""


def signals(
    lists: TrainingLists,
    query: Indices,
    rows: Rows | None = None,
    draw: Callable[[Reals], Rows] | None = None,
) -> dict[str, Floats]:
    """Every signal by name, (n_rows,) float32 each, for the tracks in `rows` (all by default).

    `query` holds the tracks so far, in order, at least one. Names that start with `lists_` are
    evidence of other lists that never counts a track's own occurrences, those with `own_` count
    nothing else; more of either never speaks against a track.

    `draw` is given how plausible each row is, (n_rows,), and names the places of those to be kept:
    what compares each of them with every track of the query is worked out of these alone.
    """
    catalogue = lists.catalogue
    candidates = slice(None) if rows is None else np.asarray(rows)
    back = np.arange(query.size - 1, -1, -1)
    recent, latest = (np.float32(share) ** back.astype(np.float32) for share in (RECENT, LATEST))
    counts = np.asarray(catalogue.involved[query].sum(axis=0), dtype=np.float32).ravel()
    found = _matches(catalogue, query, candidates, counts, (recent, latest))
    heard = lists.projected[candidates]
    found |= _of_lists(lists.asked(query, counts, rows), query, counts, heard)
    found |= _content_odds(lists, query, heard, recent)
    last = _words(catalogue, query, candidates) | _priors(catalogue, query, candidates)
    last[OWN_COUNT] = np.log1p(lists.track_count)[candidates]
    places: Chosen = slice(None)
    if draw is not None and rows is not None:
        near = _dates(catalogue, query, rows, latest, DATES_OF_ROUGH)
        places = draw(plausibility(found | last | near))
        found = {name: column[places] for name, column in found.items()}
        last = {name: column[places] for name, column in last.items()}
    found |= _content(lists, query, heard[places], latest) | {"words": last.pop("words")}
    found |= _of_numbers(catalogue, query, candidates, places, latest)
    return {name: column.astype(np.float32) for name, column in (found | last).items()}


def _of_numbers(
    catalogue: Catalogue, query: Indices, candidates: Chosen, places: Chosen, latest: Reals
) -> dict[str, Reals]:
    """Dates and popularity at some places of the candidates, each as beside all of them."""
    kept = candidates[places] if isinstance(candidates, np.ndarray) else candidates
    for column in (catalogue.released, catalogue.popularity):
        # An unknown one gets the mean of all the others.
        if not np.isfinite(column[kept]).all() and np.isfinite(column[query]).any():
            kept = candidates
    found = _dates(catalogue, query, kept, latest) | _popularity(catalogue, query, kept, latest)
    return found if kept is not candidates else {n: of[places] for n, of in found.items()}


def _matches(
    catalogue: Catalogue, query: Indices, rows: Chosen, counts: Reals, weights: tuple[Reals, Reals]
) -> dict[str, Reals]:
    recent, latest = weights
    artist, album = catalogue.artist, catalogue.album
    involved = catalogue.involved
    recents = np.asarray(recent @ involved[query]).ravel()
    size = catalogue.artist_size
    repeats = _repeat_log_odds(artist[query])
    album_repeats = _repeat_log_odds(album[query])
    own = np.bincount(artist[query], minlength=size.size)
    last = np.bincount(artist[query], weights=latest, minlength=size.size)
    albums = np.bincount(album[query], minlength=catalogue.album_size.size)
    album_last = np.bincount(album[query], weights=latest, minlength=albums.size)
    theirs, of = artist[rows], album[rows]
    present = (own > 0)[theirs].astype(np.float32)
    matched = _times(involved, rows, np.stack([counts, recents], axis=1))
    counted = np.log1p(matched[:, 0])
    return {
        "artist_count": counted,
        "artist_recent": np.log1p(matched[:, 1]),
        "artist_rate": np.log1p(3 * (counts / size)[theirs]),
        "artist_recent_rate": np.log1p(3 * (recents / size)[theirs]),
        "artist_present": present,
        "artist_present_repeats": present * repeats,
        "artist_count_repeats": counted * repeats,
        "artist_last": last[theirs],
        "artist_last_repeats": last[theirs] * repeats,
        "album_count": np.log1p(albums)[of],
        "album_present_repeats": (albums > 0)[of] * album_repeats,
        "album_last": album_last[of],
        "album_last_repeats": album_last[of] * album_repeats,
    }


def _times(matrix: sparse.csr_array, rows: Chosen, wanted: Reals) -> Reals:
    """Some rows of a matrix times `wanted`; of many, all are multiplied sooner than some are
    copied."""
    if isinstance(rows, slice):
        return np.asarray(matrix @ wanted)
    if rows.size * 8 < matrix.shape[0]:
        return np.asarray(matrix[rows] @ wanted)
    return np.asarray((matrix @ wanted)[rows])


def _repeat_log_odds(groups: Indices) -> float:
    """ln odds that a query's track shares its group with another of it, smoothed."""
    count = np.bincount(groups)
    share = (float((count[groups] > 1).sum()) + 1.0) / (groups.size + 2.5)
    return float(np.log(share / (1.0 - share)))


def _of_lists(
    lists: TrainingLists, query: Indices, counts: Reals, heard: Reals
) -> dict[str, Reals]:
    catalogue = lists.catalogue
    by_artists, by_content = lists.by_artists(counts), lists.by_content(query)
    kinds = {
        "artists": by_artists,
        "artists_sharp": by_artists.squared(),
        "content": by_content,
        "both": combined(by_artists, by_content),
        "tracks": lists.by_tracks(query),
    }
    found: dict[str, Reals] = {}
    size = catalogue.artist_size[catalogue.artist[lists.rows]]
    of_artists = lists.artist_evidence(list(kinds.values()))
    of_albums = dict(
        zip(BY_ALBUM, lists.album_evidence([kinds[kind] for kind in BY_ALBUM]), strict=True)
    )
    for (kind, weights), evidence in zip(kinds.items(), of_artists, strict=True):
        found[f"lists_artist_{kind}"] = np.log1p(200 * evidence)
        found[f"lists_artist_rate_{kind}"] = np.log1p(1000 * evidence / size)
        if kind in of_albums:
            found[f"lists_album_{kind}"] = np.log1p(200 * of_albums[kind])
        if kind in ("artists", "both", "tracks"):
            found[f"own_lists_{kind}"] = np.log1p(200 * lists.track_weights(weights))
    centre = kinds["both"].lists @ lists.centres
    apart = _squares(heard) - 2 * (heard @ centre) + centre @ centre
    found["content_of_lists"] = -apart / 10
    return found


def _content_odds(
    lists: TrainingLists, query: Indices, heard: Reals, recent: Reals
) -> dict[str, Reals]:
    evenly = np.ones(query.size, dtype=np.float32)
    odds = lists.model.log_odds(heard, lists.projected[query], (evenly, recent))
    return dict(zip(("content_odds", "content_odds_recent"), odds, strict=True))


def _words(catalogue: Catalogue, query: Indices, rows: Chosen) -> dict[str, Reals]:
    wanted = np.asarray(catalogue.words[query].sum(axis=0)).ravel() / query.size
    return {"words": np.log1p(20 * _times(catalogue.words, rows, wanted))}


def _content(lists: TrainingLists, query: Indices, heard: Reals, latest: Reals) -> dict[str, Reals]:
    tracks = lists.projected[query]
    apart = _squares(heard)[:, None] + _squares(tracks) - 2 * heard @ tracks.T
    np.maximum(apart, 0.0, out=apart)
    wide, narrow = np.exp(-apart / 8), np.exp(-apart / 3)
    return {
        "content_kernel": np.log(wide.mean(axis=1) + 1e-5),
        "content_kernel_narrow": np.log(narrow.mean(axis=1) + 1e-5),
        "content_kernel_latest": np.log(wide @ latest / latest.sum() + 1e-5),
        "content_nearest": -np.sqrt(apart.min(axis=1)),
    }


def _squares(projected: Reals) -> Reals:
    """The squared length of each row: (n, d) to (n,)."""
    return np.asarray(np.einsum("ij,ij->i", projected, projected))


Kernels = tuple[tuple[str, tuple[float, ...], float], ...]
DATES: Kernels = (("date", (0.1, 0.5, 2, 8), 2e-3), ("date_latest", (0.1, 0.7, 4), 3e-3))
"""Kernels around all dates, and around the latest: widths in years, and the floor of each."""

DATES_OF_ROUGH: Kernels = (("date", (2,), 2e-3),)
"""The one that `plausibility` goes by."""


def _dates(
    catalogue: Catalogue, query: Indices, rows: Chosen, latest: Reals, wanted: Kernels = DATES
) -> dict[str, Reals]:
    years, evenly = catalogue.released[rows], np.ones(query.size, dtype=np.float32)
    apart = np.abs(years[:, None] - catalogue.released[query])
    known = np.isfinite(apart)
    near = np.where(known, apart, np.inf)  # exp(−∞) = 0: what is unknown adds nothing
    found: dict[str, Reals] = {}
    kernels: dict[float, Reals] = {}
    for name, widths, floor in wanted:
        weights = evenly if name == "date" else latest
        mass = known.astype(np.float32) @ weights
        for width in widths:
            if width not in kernels:
                kernels[width] = np.exp(near * np.float32(-1 / width))
            found[f"{name}_{width}"] = _log_kernel(kernels[width] @ weights, mass, floor)
    if wanted is DATES:
        found["date_same"] = np.log1p((apart < 1e-4).sum(axis=1))
    return found


def _popularity(
    catalogue: Catalogue, query: Indices, rows: Chosen, latest: Reals
) -> dict[str, Reals]:
    values = catalogue.popularity[rows]
    apart = np.abs(values[:, None] - catalogue.popularity[query])
    both = np.isfinite(apart)
    apart = np.where(both, apart, np.inf)
    near, close = np.exp(-((apart / 8) ** 2)), np.exp(-((apart / 3) ** 2))
    known = np.isfinite(values)
    evenly = both.astype(np.float32)
    mass = evenly @ latest
    return {
        "popularity_near": _log_kernel(near.sum(axis=1), evenly.sum(axis=1), 1e-2),
        "popularity_near_latest": _log_kernel(near @ latest, mass, 2e-2),
        "popularity_close_latest": _log_kernel(close @ latest, mass, 2e-2),
        "popularity": np.where(known, values, 0.0) / 50,
        "popularity_none": (values == 0).astype(np.float32),
    }


def _log_kernel(total: Reals, mass: Reals, floor: float) -> Reals:
    """ln of the weighted mean kernel plus a floor; a row unknown throughout gets the mean.

    `total` (n_rows,) are sums of kernels, `mass` those of their weights.
    """
    out = np.log(np.divide(total, mass, out=np.zeros_like(total), where=mass > 0) + floor)
    rows = mass > 0
    return np.where(rows, out, out[rows].mean() if rows.any() else 0.0)


def _priors(catalogue: Catalogue, query: Indices, rows: Chosen) -> dict[str, Reals]:
    size = catalogue.artist_size[catalogue.artist[rows]]
    songs = np.zeros(int(catalogue.song.max(initial=-1)) + 1)
    songs[catalogue.song[query]] = 1.0
    return {
        "same_song": songs[catalogue.song[rows]],
        "artist_size": np.log(size),
        "artist_alone": (size == 1).astype(np.float32),
        "album_size": np.log(catalogue.album_size[catalogue.album[rows]]),
    }
