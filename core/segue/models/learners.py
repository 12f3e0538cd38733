"""The learners, one entry each. Nothing here imports a learner before it is asked for.

A learner's module defines two names: `learner(effort)`, which makes a `Learner` whose training is
shortened for an effort below 1, and `SCORER`, the class of what it fits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from segue.models.data import TrainingData
    from segue.models.scorer import Learner, Scorer

CODE = ("segue.metrics", "segue.models", "segue.music", "segue.progress")
"""The modules and packages that decide what learners make of the same data."""

READABLE = ("playlists", "reordered", "likes", "liked_at", "dislikes", "sessions", "passed")
"""The fields of `segue.models.data.TrainingData` beside its tracks."""


@dataclass(frozen=True, slots=True)
class LearnerSpec:
    """One learner.

    `score` is what a recipe calls its score, empty where no recipe asks for one. `near` and `far`
    say why a track scores high: near one seed by name, and near several or a list. `ranked` says
    what a high score means where no track or feature stands out: followed by "more than 91 % of
    the others do". `baseline` is what it is measured beside and what stands in for it where it does
    no better. `evaluation` is the module of its evaluation, with a function `evaluate_NAME`.
    `reads` are the fields of the data that it looks at beside the tracks; all by
    default. `practises` says that it takes lists apart to practise on, and has `practice_lists`
    as a field. `code` are the packages beside `CODE` that decide what it makes of the data.
    """

    name: str
    module: str
    baseline: str
    score: str = ""
    near: str = "goes with the seed"
    far: str = "goes with"
    ranked: str = "goes with what it starts from"
    evaluation: str = ""
    reads: tuple[str, ...] = READABLE
    practises: bool = False
    code: tuple[str, ...] = ()

    def learner(self, effort: float = 1.0, practice_lists: int | None = None) -> Learner:
        """A learner whose training is as long as an effort in (0, 1] makes it.

        One that `practises` does so on at most `practice_lists`, where that is given.
        """
        made = import_module(self.module).learner(effort)
        if self.practises and practice_lists is not None:
            made = replace(made, practice_lists=practice_lists)
        return cast("Learner", made)

    def scorer(self) -> type[Scorer]:
        """The class of what it fits."""
        return cast("type[Scorer]", import_module(self.module).SCORER)


_EVERY = (
    LearnerSpec(
        "taste",
        module="segue.models.taste.learner",
        baseline="how you judged the artist's other tracks",
        score="taste",
        ranked="suits your taste",
        evaluation="segue.evaluation.taste",
        reads=("likes", "dislikes", "sessions", "passed"),
    ),
    LearnerSpec(
        "association",
        module="segue.models.lists.association",
        baseline="same artist plus popularity",
        score="association",
        evaluation="segue.evaluation.association",
        practises=True,
        reads=("playlists", "sessions"),
    ),
    LearnerSpec(
        "continuation",
        module="segue.models.lists.continuation",
        baseline="artist match plus popularity",
        score="continuation",
        near="goes on from",
        far="goes on from",
        ranked="continues what it starts from",
        evaluation="segue.evaluation.continuation",
        practises=True,
        reads=("playlists",),
    ),
    LearnerSpec(
        "embedding",
        module="segue.models.embedding.learner",
        baseline="popularity",
        score="similar",
        near="close to the seed",
        far="sounds like",
        ranked="sounds like what it starts from",
        evaluation="segue.evaluation.embedding",
        reads=("playlists",),
    ),
    LearnerSpec(
        "nextstep",
        module="segue.models.nextstep.learner",
        baseline="prefix median",
        evaluation="segue.evaluation.nextstep",
        reads=("playlists",),
    ),
    LearnerSpec(
        "order",
        module="segue.sequencing.learner",
        baseline="shipped weights",
        evaluation="segue.evaluation.sequencing",
        reads=("playlists", "reordered"),
        code=("segue.sequencing.learner", "segue.sequencing.songs", "segue.sequencing.transitions"),
    ),
)

LEARNERS: Mapping[str, LearnerSpec] = {spec.name: spec for spec in _EVERY}
"""By name, in the order they are trained."""

LEARNER_OF: Mapping[str, str] = {spec.score: spec.name for spec in _EVERY if spec.score}
"""The learner behind each score of a recipe that has one."""

SCORE_OF: Mapping[str, str] = {spec.name: spec.score for spec in _EVERY if spec.score}
"""What recipes call the score of a learner, which its own name stands for too."""


FURTHER = tuple(name for spec in _EVERY for name in spec.code)
"""What `CODE` lacks of the code that decides what all learners make of the data."""


@cache
def code_digest(*further: str) -> str:
    """A digest of the source of everything that decides what is learned from the same data.

    `further` are packages and modules beside `CODE`.
    """
    digest = hashlib.sha256()
    for name in (*CODE, *further):
        package, _, module = name.rpartition(".")
        root = files(package)
        place = root / module
        for source in _sources(place if place.is_dir() else root / f"{module}.py"):
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


def _sources(place: Traversable) -> list[Traversable]:
    """The source files at or below a place, in the order of their names."""
    if not place.is_dir():
        return [place] if place.name.endswith(".py") else []
    inside = sorted(place.iterdir(), key=lambda entry: entry.name)
    return [source for entry in inside for source in _sources(entry)]


def data_digest(data: TrainingData, fields: Sequence[str], settings: object) -> str:
    """A digest of the tracks of some data, of some of the fields of `READABLE` and of settings."""
    digest = hashlib.sha256()
    for part in (*_of_tracks(data), *(part for name in fields for part in _of_field(data, name))):
        digest.update(part)
        digest.update(b"\0")
    digest.update(repr(settings).encode())
    return digest.hexdigest()


def _of_field(data: TrainingData, name: str) -> Iterator[bytes]:
    """One of the fields of `READABLE`."""
    if name == "playlists":
        yield from (rows.tobytes() for rows in data.playlists)
    elif name == "reordered":
        yield from (now.tobytes() + before.tobytes() for now, before in data.reordered)
    elif name == "sessions":
        for session in data.sessions:
            yield session.tracks.tobytes() + session.skipped.tobytes() + session.played_at.tobytes()
    else:
        yield getattr(data, name).tobytes()
    yield name.encode()


def _of_tracks(data: TrainingData) -> Iterator[bytes]:
    import numpy as np

    tracks = data.tracks
    yield "\n".join(data.vocabulary).encode()
    yield repr((tracks.titles, tracks.artist_names, tracks.album_names)).encode()
    for column in (
        tracks.abstract, tracks.key, tracks.mode, tracks.tempo, tracks.duration_ms,
        tracks.released, tracks.artist, tracks.album, tracks.popularity,
    ):  # fmt: skip
        yield column.tobytes()
    # A text vector is the projection of one on directions that all texts decide: only what made
    # them counts and which are known, so that no arithmetic of another machine is a change.
    yield b"" if tracks.text is None else data.encoder.encode()
    yield b"" if tracks.text is None else np.isfinite(tracks.text).all(axis=1).tobytes()
    yield b"" if tracks.mood is None else tracks.mood.tobytes()
    if tracks.sound is not None:
        yield data.encoder.encode()
        yield np.isfinite(tracks.sound).all(axis=1).tobytes()
    yield b"" if tracks.genres is None else tracks.genres.tobytes()
