"""Texts with people's ratings of their mood: the values, the files they are read from, and which
of them are never trained on."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segue.errors import DataError

NEUTRAL_BELOW = 0.125
"""A rated text is neutral where |valence| is below this: half a point on a scale of −4 to 4."""

HELD_OUT_SHARE = 0.2

SPLIT_RULE = (
    "held out: of a set published in parts, its own dev or test part; of any other, the 20 % of "
    "texts whose hash (BLAKE2b of the case-folded words) says so; a text that is held out "
    "anywhere is trained on nowhere"
)

Part = Literal["all", "train", "held out"]
"""What of a data set this is: all of it, or one of the parts it was published in."""


@dataclass(frozen=True, slots=True)
class RatedTexts:
    """One data set.

    `valence` (n,) float32 is −1..1, NaN where people gave classes only; `polarity` (n,) int64 is
    −1, 0 or 1. `source` names the data set that this is a `part` of.
    """

    name: str
    texts: tuple[str, ...]
    valence: NDArray[np.float32]
    polarity: NDArray[np.int64]
    part: Part = "all"
    source: str = ""

    def __post_init__(self) -> None:
        if not len(self.texts) == self.valence.size == self.polarity.size:
            raise ValueError(f"{self.name}: texts, valence and polarity differ in length")

    def __len__(self) -> int:
        return len(self.texts)

    def target(self) -> NDArray[np.float32]:
        """Valence where it is known, else the polarity, as numbers to correlate with."""
        return np.where(np.isfinite(self.valence), self.valence, self.polarity).astype(np.float32)

    def taken(self, rows: NDArray[np.int64]) -> RatedTexts:
        """Only these rows."""
        return RatedTexts(
            self.name,
            tuple(self.texts[row] for row in rows),
            self.valence[rows],
            self.polarity[rows],
            self.part,
            self.source,
        )


def polarity_of(valence: NDArray[np.float32]) -> NDArray[np.int64]:
    """Classes from ratings in −1..1, see `NEUTRAL_BELOW`."""
    signs = np.sign(valence) * (np.abs(valence) >= NEUTRAL_BELOW)
    return np.asarray(signs, dtype=np.int64)


def plain(text: str) -> str:
    """A text as it is compared with others: case-folded words."""
    return " ".join(text.casefold().split())


def is_held_out(text: str) -> bool:
    """Whether a text is never trained on. It depends on the text alone."""
    digest = hashlib.blake2b(plain(text).encode(), digest_size=8, person=b"split").digest()
    return int.from_bytes(digest, "big") < HELD_OUT_SHARE * 2**64


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of each set, in the sets' order, that are for training and for measuring."""

    train: tuple[NDArray[np.int64], ...]
    test: tuple[NDArray[np.int64], ...]


def split(sets: Sequence[RatedTexts]) -> Split:
    """Deal every text to training or to measuring, see `SPLIT_RULE`. No text is in both."""
    hidden = {
        plain(text)
        for rated in sets
        for text in rated.texts
        if rated.part == "held out" or (rated.part == "all" and is_held_out(text))
    }
    train, test = [], []
    for rated in sets:
        out = np.array([plain(text) in hidden for text in rated.texts], dtype=bool)
        none = np.zeros(0, dtype=np.int64)
        train.append(none if rated.part == "held out" else np.flatnonzero(~out))
        test.append(none if rated.part == "train" else np.flatnonzero(out))
    return Split(tuple(train), tuple(test))


# A table (CSV, or TSV where the name says .tsv; either may be .gz) has a column for the text and
# one for a rating or a label. Two data sets come without a header and are known by their columns:
# the ratings published with VADER (id, mean rating −4..4, text), and GoEmotions (text, label
# numbers, id), whose labels become polarity by its own published grouping.

TEXT_COLUMNS = ("text", "lyrics", "lyric", "sentence", "review", "tweet", "comment")
RATING_COLUMNS = ("valence", "rating", "score", "mean_rating", "mean")
LABEL_COLUMNS = ("polarity", "label", "sentiment", "class", "mood")
CLASS_NAMES: Mapping[str, int] = {
    "negative": -1, "neg": -1, "-1": -1, "sad": -1,
    "neutral": 0, "neu": 0, "0": 0,
    "positive": 1, "pos": 1, "1": 1, "+1": 1, "happy": 1,
}  # fmt: skip

_POSITIVE, _NEGATIVE, _NEUTRAL, _LEFT_OUT = 1, -1, 0, None
GOEMOTIONS: tuple[tuple[str, int | None], ...] = (
    ("admiration", _POSITIVE), ("amusement", _POSITIVE), ("anger", _NEGATIVE),
    ("annoyance", _NEGATIVE), ("approval", _POSITIVE), ("caring", _POSITIVE),
    ("confusion", _LEFT_OUT), ("curiosity", _LEFT_OUT), ("desire", _POSITIVE),
    ("disappointment", _NEGATIVE), ("disapproval", _NEGATIVE), ("disgust", _NEGATIVE),
    ("embarrassment", _NEGATIVE), ("excitement", _POSITIVE), ("fear", _NEGATIVE),
    ("gratitude", _POSITIVE), ("grief", _NEGATIVE), ("joy", _POSITIVE), ("love", _POSITIVE),
    ("nervousness", _NEGATIVE), ("optimism", _POSITIVE), ("pride", _POSITIVE),
    ("realization", _LEFT_OUT), ("relief", _POSITIVE), ("remorse", _NEGATIVE),
    ("sadness", _NEGATIVE), ("surprise", _LEFT_OUT), ("neutral", _NEUTRAL),
)  # fmt: skip
"""The labels in their published order, with the polarity of their published sentiment group; the
group "ambiguous" (confusion, curiosity, realization, surprise) has none."""

_PART_NAME = re.compile(r"[_-](?:(train)|dev|test|valid|validation)$", re.I)
_GO_LABELS = re.compile(r"\d{1,2}(?:,\d{1,2})*")
_FULL_SCALE = 4.0


def read_rated(path: Path) -> RatedTexts:
    """Read one file; its name without endings names the set.

    A name that ends in _train, or in _dev, _test or _validation, is a published part of a data
    set: it is for training or for measuring only. Ratings are taken as −4..4 where
    any is beyond 1, else as −1..1. Raises DataError naming the place where it cannot be used.
    """
    rows = list(_rows(path))
    if not rows:
        raise DataError(f"{path}: the file has no rows")
    name = path.name.split(".")[0]
    found = _PART_NAME.search(name)
    part: Part = "all" if found is None else "train" if found[1] else "held out"
    source = name[: found.start()] if found else name
    first = rows[0]
    if _is_published_ratings(first):
        texts, values = _by_rating(path, rows, text=2, rating=1, first_line=1)
        read = _rated(name, texts, values)
    elif len(first) == 3 and _GO_LABELS.fullmatch(first[1]):
        read = _goemotions(path, name, rows)
    else:
        read = _with_header(path, name, rows)
    return RatedTexts(name, read.texts, read.valence, read.polarity, part, source)


def read_sets(files: Sequence[Path]) -> list[RatedTexts]:
    """The data sets in these files and folders, in their order. Raises DataError."""
    sets: list[RatedTexts] = []
    for path in files:
        sets.extend(read_folder(path) if path.is_dir() else [read_rated(path)])
    return sets


def read_folder(folder: Path) -> tuple[RatedTexts, ...]:
    """Every table in a folder, by name. Raises DataError where there is none."""
    files = sorted(
        path
        for path in folder.glob("*")
        if path.name.casefold().removesuffix(".gz").endswith((".tsv", ".csv"))
    )
    if not files:
        raise DataError(f"{folder}: holds no .tsv or .csv file with texts and judgements")
    return tuple(read_rated(path) for path in files)


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as a table in UTF-8: {error}") from error
    if path.name.removesuffix(".gz").endswith(".tsv"):
        # Quotes in such files are part of the text.
        yield from (line.split("\t") for line in text.splitlines() if line.strip())
        return
    try:
        yield from (row for row in csv.reader(io.StringIO(text), strict=True) if row)
    except csv.Error as error:
        raise DataError(f"{path}: cannot be read as CSV: {error}") from error


def _is_published_ratings(row: Sequence[str]) -> bool:
    return (
        len(row) == 3
        and re.fullmatch(r"-?\d+(?:\.\d+)?", row[1].strip()) is not None
        and bool(re.fullmatch(r"\d+(?:_\d+)?", row[0].strip()))
    )


def _with_header(path: Path, name: str, rows: Sequence[Sequence[str]]) -> RatedTexts:
    header = [cell.strip().casefold() for cell in rows[0]]
    text = _column(header, TEXT_COLUMNS)
    rating, label = _column(header, RATING_COLUMNS), _column(header, LABEL_COLUMNS)
    if text is None or (rating is None and label is None):
        raise DataError(
            f"{path}: the first line must name a column for the text ({', '.join(TEXT_COLUMNS)}) "
            f"and one for a rating ({', '.join(RATING_COLUMNS)}) or a label "
            f"({', '.join(LABEL_COLUMNS)}); it names {', '.join(rows[0])}"
        )
    if rating is not None:
        texts, values = _by_rating(path, rows[1:], text=text, rating=rating, first_line=2)
        return _rated(name, texts, values)
    assert label is not None
    texts, polarity = [], []
    for line, row in enumerate(rows[1:], start=2):
        word = _cell(path, row, label, line).strip().casefold()
        if word not in CLASS_NAMES:
            raise DataError(
                f"{path}: line {line}: {word!r} is no label known here; "
                "use negative, neutral and positive"
            )
        texts.append(_cell(path, row, text, line))
        polarity.append(CLASS_NAMES[word])
    return _classed(name, texts, polarity)


def _by_rating(
    path: Path, rows: Sequence[Sequence[str]], *, text: int, rating: int, first_line: int
) -> tuple[list[str], list[float]]:
    texts, values = [], []
    for line, row in enumerate(rows, start=first_line):
        cell = _cell(path, row, rating, line)
        try:
            value = float(cell)
        except ValueError as error:
            raise DataError(f"{path}: line {line}: {cell!r} is not a number") from error
        if not -_FULL_SCALE <= value <= _FULL_SCALE:
            raise DataError(f"{path}: line {line}: the rating {cell} is not within −4 and 4")
        texts.append(_cell(path, row, text, line))
        values.append(value)
    return texts, values


def _goemotions(path: Path, name: str, rows: Sequence[Sequence[str]]) -> RatedTexts:
    """Texts whose labels all say the same; one with an ambiguous label is left out."""
    texts, polarity = [], []
    for line, row in enumerate(rows, start=1):
        labels = _cell(path, row, 1, line)
        if not _GO_LABELS.fullmatch(labels) or max(map(int, labels.split(","))) >= len(GOEMOTIONS):
            raise DataError(f"{path}: line {line}: {labels!r} is no list of GoEmotions labels")
        classes = {GOEMOTIONS[int(number)][1] for number in labels.split(",")}
        if len(classes) == 1 and (only := classes.pop()) is not None:
            texts.append(row[0])
            polarity.append(only)
    return _classed(name, texts, polarity)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _cell(path: Path, row: Sequence[str], column: int, line: int) -> str:
    if column >= len(row):
        raise DataError(f"{path}: line {line}: has {len(row)} columns, {column + 1} are needed")
    return row[column]


def _rated(name: str, texts: Sequence[str], values: Sequence[float]) -> RatedTexts:
    valence = np.array(values, dtype=np.float32)
    if valence.size and np.abs(valence).max() > 1:
        valence /= _FULL_SCALE
    return RatedTexts(name, tuple(texts), valence, polarity_of(valence))


def _classed(name: str, texts: Sequence[str], polarity: Sequence[int]) -> RatedTexts:
    unknown = np.full(len(texts), np.nan, dtype=np.float32)
    return RatedTexts(name, tuple(texts), unknown, np.array(polarity, dtype=np.int64))
