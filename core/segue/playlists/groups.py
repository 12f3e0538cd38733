"""Groups of a library, by sound, genre, lyrics or likeness, each said as the filter choosing it.

By sound: k-means on the scaled features (Lloyd 1982, k by the silhouette of Rousseeuw 1987), then a
decision tree of as many leaves fitted to its labels (Dasgupta, Frost, Moshkovitz and Rashtchian,
"Explainable k-Means", ICML 2020): a leaf is a box of ranges, which is what `where` can say. By
lyrics, and by what sounds alike: the same k-means on their vectors, and of each group the track in
its middle with the cosine that parts it best from the others. By genre: the families of the tree of
genres, the largest ones parted into what they are made of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segue.errors import NotEnoughDataError
from segue.music.features import ABSTRACT, UNKNOWN, abstract_matrix
from segue.names import plural
from segue.playlists.inventory import Inventory
from segue.playlists.text import range_words, shortened
from segue.recipe.values import Range, write_range

By = Literal["sound", "genre", "lyrics", "alike"]
WAYS: tuple[By, ...] = ("sound", "genre", "lyrics", "alike")

FEWEST = 10
"""A group has at least so many tracks."""
MOST = 8
"""So many groups at most are looked for where their number is left open."""
APART = 0.05
"""Groups stand out whose silhouette is so much higher than by chance."""
_MEASURED = 2000

_NAMES: Mapping[str, tuple[str, str]] = {
    "acousticness": ("Electric", "Acoustic"),
    "danceability": ("Free-Flowing", "Danceable"),
    "energy": ("Calm", "Intense"),
    "instrumentalness": ("Sung", "Instrumental"),
    "liveness": ("Studio", "Live"),
    "loudness": ("Quiet", "Loud"),
    "speechiness": ("Melodic", "Wordy"),
    "valence": ("Dark", "Bright"),
}
"""What a group is called that lies low or high in a feature."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its name, what it is in words, and `[playlist.where]` that chooses it.

    `track_ids` are those it was made of, the most typical first.
    """

    by: By
    name: str
    words: str
    where: Mapping[str, object]
    track_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups by one thing, the largest first. `known` counts the tracks of which it is known.

    `silhouette` (−1..1) is how far apart the groups are, and `by_chance` how far as many are of
    the same values shuffled within their columns; both are None of genres.
    """

    by: By
    groups: tuple[Group, ...]
    known: int
    silhouette: float | None = None
    by_chance: float | None = None

    @property
    def blends(self) -> bool:
        """Whether the groups are hardly further apart than those of shuffled values."""
        if self.silhouette is None or self.by_chance is None:
            return False
        return not self.silhouette > self.by_chance + APART


def group(
    by: By, track_ids: Sequence[str], inventory: Inventory, k: int | None, seed: int
) -> Grouping:
    """Part tracks into `k` groups, or as many as stand out most for None.

    The same tracks and seed give the same groups. Raises NotEnoughDataError where of too few of
    them is known what they are to be grouped by.
    """
    known = {"sound": _by_sound, "genre": _by_genre}
    parting = known[by] if by in known else partial(_by_vectors, by)
    found = parting(track_ids, inventory, k, seed)
    ordered = sorted(found.groups, key=lambda each: -len(each.track_ids))
    return replace(found, groups=_named_apart(ordered))


def _enough(by: By, known: int, k: int | None, of: int) -> None:
    fewest = FEWEST * (k or 2)
    if known < fewest:
        raise NotEnoughDataError(
            f"by {by}: known for {known} of {plural(of, 'track')}, and {k or 2} groups need "
            f"{fewest}; `segue enrich` looks up more"
        )


def _by_sound(ids: Sequence[str], inventory: Inventory, k: int | None, seed: int) -> Grouping:
    from sklearn.tree import DecisionTreeClassifier

    raw = abstract_matrix(inventory.features.get(i, UNKNOWN) for i in ids).astype(np.float64)
    known = np.asarray(np.isfinite(raw).all(axis=1))
    _enough("sound", int(known.sum()), k, len(ids))
    there = [i for i, is_known in zip(ids, known.tolist(), strict=True) if is_known]
    raw = np.round(raw[known], 2)  # so that every border lies between what it parts
    scaled = inventory.scaling.transform(raw.astype(np.float32)).astype(np.float64)
    labels, apart = _k_means(scaled, k, seed)
    leaves = len(np.unique(labels))
    tree = DecisionTreeClassifier(
        max_leaf_nodes=max(leaves, 2), min_samples_leaf=FEWEST, random_state=seed
    ).fit(raw, labels)
    leaf_of = tree.apply(raw)
    spread = np.where(scaled.std(axis=0) > 0, scaled.std(axis=0), 1.0)
    groups = []
    for leaf, box in _boxes(tree.tree_).items():
        rows = np.flatnonzero(leaf_of == leaf)
        typical = (scaled[rows].mean(axis=0) - scaled.mean(axis=0)) / spread
        middle = ((scaled[rows] - scaled[rows].mean(axis=0)) ** 2).sum(axis=1)
        where: dict[str, object] = {name: write_range(given) for name, given in box.items()}
        words = ", ".join(range_words(name, given) for name, given in box.items())
        groups.append(
            Group(
                "sound",
                _sound_name(typical),
                words or "all of them",
                where | {"unknown_features": "drop"},
                tuple(there[int(row)] for row in rows[np.argsort(middle, kind="stable")]),
            )
        )
    return Grouping("sound", tuple(groups), len(there), *apart)


def _boxes(tree: Any) -> dict[int, dict[str, Range]]:
    """The ranges of every leaf of a fitted tree, by the leaf's number."""
    left, right = tree.children_left, tree.children_right
    features, borders = tree.feature, tree.threshold
    boxes: dict[int, dict[str, Range]] = {}
    waiting: list[tuple[int, dict[str, Range]]] = [(0, {})]
    while waiting:
        node, box = waiting.pop()
        if left[node] == right[node]:
            boxes[node] = box
            continue
        name, border = ABSTRACT[features[node]], round(float(borders[node]), 3)
        held = box.get(name, Range(None, None))
        waiting.append((int(left[node]), box | {name: replace(held, high=border)}))
        waiting.append((int(right[node]), box | {name: replace(held, low=border)}))
    return boxes


def _sound_name(typical: Matrix) -> str:
    """The one or two features in which a group is most unlike the library."""
    order = [int(i) for i in np.argsort(-np.abs(typical), kind="stable")]
    chosen: list[int] = []
    for column in order:
        twin = {"energy": "loudness", "loudness": "energy"}.get(ABSTRACT[column])
        if twin is None or ABSTRACT.index(twin) not in chosen:
            chosen.append(column)
    said = [_NAMES[ABSTRACT[c]][int(typical[c] > 0)] for c in chosen[:2] if abs(typical[c]) >= 0.25]
    return " and ".join(said) or "In the Middle"


def _by_vectors(by: By, ids: Sequence[str], of: Inventory, k: int | None, seed: int) -> Grouping:
    vectors = (of.lyric_space if by == "lyrics" else of.sound_space).of_tracks(ids)
    _enough(by, len(vectors), k, len(ids))
    key, name, words, more = _CLOSE[by]
    there, matrix = list(vectors), np.stack(list(vectors.values())).astype(np.float64)
    labels, apart = _k_means(matrix, k, seed)
    groups = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        middle = matrix[rows].mean(axis=0)
        rows = rows[np.argsort(-(matrix[rows] @ middle), kind="stable")]
        near = matrix @ matrix[rows[0]]
        border = _best_border(near, labels == label)
        inside = np.flatnonzero(near >= border)
        inside = inside[np.argsort(-near[inside], kind="stable")]
        middle_one, members = there[int(rows[0])], tuple(there[int(row)] for row in inside)
        title = of.tracks[middle_one].title
        said = f"{words} “{shortened(title, 40)}”, from a cosine of {border:g} on"
        where = {key: {"track": middle_one, "at_least": border}, **more}
        groups.append(Group(by, f"{name} “{shortened(title, 30)}”", said, where, members))
    return Grouping(by, tuple(groups), len(there), *apart)


_CLOSE: Mapping[By, tuple[str, str, str, Mapping[str, str]]] = {
    "lyrics": ("like_track", "Words Like", "lyrics like those of", {}),
    "alike": ("like_sound", "Sounds Like", "what sounds like", {"unknown_features": "drop"}),
}
"""By vectors: the key of `where`, how a group is called and said, and what its filter says more."""


def _best_border(near: Matrix, inside: NDArray[np.bool_]) -> float:
    """The cosine, to two places, from which on a group is best separated from the others, by F1."""
    borders = np.unique(np.floor(100 * near) / 100)
    taken = near >= borders[:, None]
    right = (taken & inside).sum(axis=1)
    return float(borders[int(np.argmax(2 * right / (taken.sum(axis=1) + inside.sum())))])


def _k_means(
    matrix: Matrix, k: int | None, seed: int
) -> tuple[NDArray[np.int64], tuple[float | None, float | None]]:
    """A label for each row, of several k those with the highest silhouette; and that silhouette
    beside the one of as many groups of the columns shuffled."""
    different = len(np.unique(matrix, axis=0))
    tried = range(2, min(MOST, len(matrix) // FEWEST) + 1) if k is None else (k,)
    found = [(*_parted(matrix, n, seed), n) for n in tried if 2 <= n < different]
    if not found:
        return np.zeros(len(matrix), dtype=np.int64), (None, None)
    silhouette, labels, groups = max(found, key=lambda each: each[0])
    shuffled = np.random.default_rng(seed).permuted(matrix, axis=0)
    return labels, (silhouette, _parted(shuffled, groups, seed)[0])


def _parted(matrix: Matrix, k: int, seed: int) -> tuple[float, NDArray[np.int64]]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    labels = KMeans(k, n_init=4, random_state=seed).fit_predict(matrix)
    measured = min(_MEASURED, len(matrix))
    score = silhouette_score(matrix, labels, sample_size=measured, random_state=seed)
    return float(score), labels.astype(np.int64)


def _by_genre(ids: Sequence[str], inventory: Inventory, k: int | None, _: int) -> Grouping:
    tree = inventory.genre_tree
    of_genre: dict[str, list[str]] = {}
    known = [i for i in ids if inventory.genres.get(i)]
    _enough("genre", len(known), None, len(ids))
    for track_id in known:
        for key in {up for genre in inventory.genres[track_id] for up in tree.above(genre)}:
            of_genre.setdefault(key, []).append(track_id)
    ample = {key: held for key, held in of_genre.items() if len(held) >= FEWEST}
    groups = [key for key in ample if not tree.parents.get(key, frozenset()) & ample.keys()]
    whole: set[str] = set()
    while len(whole) < len(groups):
        largest = max((key for key in groups if key not in whole), key=lambda g: len(ample[g]))
        enough = len(groups) >= k if k else 2 * len(ample[largest]) <= len(known)
        if enough:
            break
        parts = _parts_of(largest, ample, tree.parents)
        if len(parts) < 2:
            whole.add(largest)
            continue
        groups = [key for key in dict.fromkeys((*groups, *parts)) if key != largest]
    groups.sort(key=lambda key: (-len(ample[key]), key))
    return Grouping(
        "genre",
        tuple(
            Group(
                "genre",
                tree.names[key].title(),
                f"of the genre {tree.names[key]}",
                {"genre": tree.names[key]},
                tuple(ample[key]),
            )
            for key in groups[: k or MOST]
        ),
        len(known),
    )


def _parts_of(
    genre: str, ample: Mapping[str, Sequence[str]], parents: Mapping[str, Collection[str]]
) -> list[str]:
    """The genres right below one that are large enough, and smaller than it."""
    return [
        key
        for key in ample
        if genre in parents.get(key, ()) and len(ample[key]) < len(ample[genre])
    ]


def _named_apart(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups with names of their own: those alike are numbered."""
    seen: dict[str, int] = {}
    named = []
    for each in groups:
        seen[each.name] = seen.get(each.name, 0) + 1
        again = seen[each.name]
        named.append(each if again == 1 else replace(each, name=f"{each.name} {again}"))
    return tuple(named)
