"""What titles tell: other artists they credit, the song behind a version, their words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segue.models.data import Indices

_WORD = re.compile(r"[^\W_]+")
_BRACKETED = re.compile(r"[(\[]([^)\]]*)[)\]]")
_LEAD = re.compile(r"^(feat|ft|featuring|with)\b\.?\s*")
_VERSION = re.compile(r"\s+(remix|edit|mix|vip|version|rework|bootleg|radio edit|remixed)\b.*$")
_PARTING = re.compile(r",|&|\bx\b|\band\b|\bvs\b")


def words(text: str) -> list[str]:
    """The words of a text, case-folded: runs of letters and digits."""
    return _WORD.findall(text.casefold())


def song_key(title: str, artist: str) -> str:
    """One key for all versions of a song: brackets and what follows a dash are left out.

    An empty title has an empty key: nothing is known to be a version of anything.
    """
    bare = " ".join(words(_BRACKETED.sub(" ", title).split(" - ")[0]))
    return f"{bare}|{artist.casefold()}" if bare else ""


def credited(title: str) -> list[str]:
    """Names a title credits, case-folded: "Song (feat. A & B) - C Remix" gives a, b and c."""
    folded = title.casefold()
    pieces = [*_BRACKETED.findall(folded), *_BRACKETED.sub(" ", folded).split(" - ")[1:]]
    names: list[str] = []
    for piece in pieces:
        bare = _VERSION.sub("", _LEAD.sub("", piece.strip()))
        names.extend(filter(None, (name.strip() for name in _PARTING.split(bare))))
    return names


def involved_artists(
    titles: Sequence[str], artist: Indices, artist_names: Sequence[str]
) -> sparse.csr_array:
    """Who takes part in each track: (n_tracks, n_artists) of 0 and 1.

    A track's own artist, and every other artist of the library its title credits.
    """
    known = {name.casefold(): row for row, name in enumerate(artist_names) if name}
    rows, columns = [np.arange(len(titles))], [np.asarray(artist, dtype=np.int64)]
    for row, title in enumerate(titles):
        others = {known[name] for name in credited(title) if name in known} - {int(artist[row])}
        rows.append(np.full(len(others), row))
        columns.append(np.array(sorted(others), dtype=np.int64))
    where = (np.concatenate(rows), np.concatenate(columns))
    shape = (len(titles), int(artist.max(initial=-1)) + 1)
    return sparse.csr_array((np.ones(where[0].size, dtype=np.float32), where), shape=shape)


def word_vectors(texts: Sequence[str]) -> sparse.csr_array:
    """TF-IDF vectors of unit length: (n_texts, n_words) float32.

    A word that stands in one text only tells nothing of others and is left out; a text without
    any other word has a zero vector. idf is ln(n / df).
    """
    bags = [sorted(set(words(text))) for text in texts]
    spread = Counter(word for bag in bags for word in bag)
    column = {word: place for place, word in enumerate(sorted(w for w in spread if spread[w] > 1))}
    kept = [[column[word] for word in bag if word in column] for bag in bags]
    indptr = np.concatenate([[0], np.cumsum([len(bag) for bag in kept])])
    indices = np.array([place for bag in kept for place in bag], dtype=np.int32)
    idf: NDArray[np.float32] = np.zeros(max(len(column), 1), dtype=np.float32)
    for word, place in column.items():
        idf[place] = np.log(len(texts) / spread[word])
    matrix = sparse.csr_array((idf[indices], indices, indptr), shape=(len(texts), idf.size))
    norm = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scale = np.divide(1.0, norm, out=np.zeros_like(norm), where=norm > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix).astype(np.float32)
