"""What lyrics services answer, cleaned: whether it is the song asked for, and its words alone,
without what a page or a file carries around them; and these words as hashed n-grams.

N-grams are words, pairs of words, and pieces of words, in a fixed number of places. Pieces carry
over to spellings that were never seen ("sooo", "loveee", "unhappier"), and hashing needs no
vocabulary beside the weights.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segue.music.track import Track, normalised_artist, normalised_title

# Whether what a lyrics service found is the song that was asked for.
#
# Lyrics of a wrong song are worse than none: they would teach a wrong mood. A song's remaster, live
# take or remix shares its words, so versions are alike here, unlike in `segue.music.track`.


_VERSION = re.compile(
    r"\b(?:live|acoustic|unplugged|remix(?:ed)?|mix|edit|version|demo|session|take|cover art|"
    r"remaster(?:ed)?|re-?record(?:ed|ing)|extended|stripped|sped up|slowed|reverb|"
    r"taylor s version|from|at|mtv|deluxe|bonus|single|album|radio|original|explicit|clean|"
    r"orchestral|piano|a ?cappella|instrumental)\b"
)
_ANOTHER_SONG = re.compile(
    r"\b(?:karaoke|tribute|translations?|tradu\w+|übersetzung\w*|romani\w+)\b"
)
_ASIDE = re.compile(r"\s*[(\[{][^)\]}]*[)\]}]|\s+[-–—]\s+.*$")
_STYLED = str.maketrans({"$": "s", "!": "i", "@": "a", "0": "o"})
_JOINED = re.compile(r",|&|\band\b|\bfeat\.?|\bft\.?|\bx\b", re.IGNORECASE)
_NOT_A_LETTER = re.compile(r"[\W_]+")

LONGEST_LINE = 1000
"""Characters of a title or a credit that are looked at: none is longer, unless it is no title."""
MOST_CREDITS = 50
DURATION_TOLERANCE_SECONDS = 20.0
"""Beyond this, the same title by the same artist is taken for another song, unless a version."""


def searchable_title(title: str) -> str:
    """A title as a lyrics service knows it: without guests, versions and remasters.

    An aside that says nothing about a version, such as "(I Can't Get No)", stays.
    """
    kept = title
    for aside in _ASIDE.findall(title):
        words = aside.casefold().replace("'", " ")
        if _VERSION.search(words) or re.search(r"\b(?:feat|ft|with|featuring|prod)\b", words):
            kept = kept.replace(aside, "")
    kept = re.sub(r"\s+(?:feat|ft)\b\.?\s.*$", "", kept, flags=re.IGNORECASE)
    return " ".join(kept.split()) or title


def is_same_song(
    track: Track, title: str, artists: Sequence[str], duration_seconds: float | None = None
) -> bool:
    """Whether a found title by these artists is the track's song.

    Titles must be equal without guests, versions and spelling; one artist must be credited on
    both; and durations, where both are known and neither title names a version, must lie within
    `DURATION_TOLERANCE_SECONDS`.
    """
    title = title[:LONGEST_LINE]
    artists = [artist[:LONGEST_LINE] for artist in artists[:MOST_CREDITS]]
    found_line = " ".join([title, *artists]).casefold()
    asked_line = f"{track.title} {track.artist_line}".casefold()
    if _ANOTHER_SONG.search(found_line) and not _ANOTHER_SONG.search(asked_line):
        return False
    if not _titles_agree(track.title, title) or not _artists_agree(track, artists):
        return False
    if duration_seconds is None or duration_seconds <= 0 or track.duration_ms <= 0:
        return True
    if _is_version(track.title) or _is_version(title):
        return True
    return abs(duration_seconds - track.duration_ms / 1000) <= DURATION_TOLERANCE_SECONDS


def _titles_agree(first: str, second: str) -> bool:
    plain = {_letters(searchable_title(title)) for title in (first, second)}
    if len(plain) == 1:
        return True
    return normalised_title(first) == normalised_title(second)


def _artists_agree(track: Track, found: Sequence[str]) -> bool:
    answered = {name for line in found for name in [line, *_JOINED.split(line)] if name.strip()}
    return bool(_spellings(artist.name for artist in track.artists) & _spellings(answered))


def _spellings(names: Iterable[str]) -> frozenset[str]:
    """Each name twice: as it stands, and with styled letters read as plain ones."""
    return frozenset(
        _NOT_A_LETTER.sub("", normalised_artist(spelt))
        for name in names
        for spelt in (name, name.translate(_STYLED))
    ) - {""}


def _is_version(title: str) -> bool:
    return any(_VERSION.search(aside.casefold()) for aside in _ASIDE.findall(title))


def _letters(text: str) -> str:
    """For comparing spellings: folded as titles are, styled letters plain, letters only."""
    folded = normalised_title(text.translate(_STYLED))
    return _NOT_A_LETTER.sub("", folded) or text.casefold().strip()


_TIMESTAMP = re.compile(r"\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]|<\d{1,3}:\d{2}(?:[.:]\d{1,3})?>")
_LRC_TAG = re.compile(
    r"^\[(?:ar|ti|al|au|by|la|re|ve|offset|length|tool|id|#)\s*:[^\]]*\]\s*$", re.I
)
_SECTION = re.compile(r"^\s*[\[(【](?P<label>[^\])】]{1,80})[\])】]\s*:?\s*$")
_SECTION_WORD = re.compile(
    r"^(?:intro|verse|pre[- ]?chorus|post[- ]?chorus|chorus|refrain|hook|bridge|outro|interlude|"
    r"break(?:down)?|drop|instrumental|solo|part|skit|spoken|couplet|strophe|strofa|estribillo|"
    r"verso|coro|puente|refr(?:ão|ao|ein|äng)|pont|ritornello|vers|build|guitar solo|produced by)"
    r"\b",
    re.I,
)
_BARE_SECTION = re.compile(
    r"^\s*(?:intro|verse|pre[- ]?chorus|chorus|refrain|hook|bridge|outro|interlude)"
    r"\s*(?:\d{1,2}|[ivx]{1,4})?\s*:?\s*(?:\(?x\s*\d\)?)?\s*$",
    re.I,
)
_CREDIT = re.compile(
    r"^\s*(?:lyrics?|music|words|written|composed|produced|composer|lyricist|producer|arranged|"
    r"arranger|mixed|mastered|vocals?|作词|作曲|编曲|作詞|編曲)\s*(?:&\s*\w+\s*)?(?:by)?\s*[:：]\s*\S.*$",
    re.I,
)
_CONTRIBUTORS = re.compile(r"^\s*\d+\s+contributors?.*?(?:lyrics\s*|$)", re.I)
_READ_MORE = re.compile(r"^.*?…\s*read more\s*", re.I)
_TRANSLATIONS = re.compile(r"^\s*translations?(?:[A-ZÀ-ÿ].*)?$")
_ADVERT = re.compile(
    r"(?:you might also like|see .{1,80} live\s*get tickets as low as \$\d+)", re.I
)
# Glued to the last line: a song may well end in the word, with a space before it.
_EMBED = re.compile(r"(?:\s*\d+|(?<=\S)|^\s*)Embed\s*$")


def clean_lyrics(text: str) -> str:
    """The words that are sung: section headers, credits, adverts and time stamps taken out.

    Lines keep their order; runs of empty lines become one; the answer may be empty.
    """
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, raw in enumerate(lines):
        line = _LRC_TAG.sub("", raw)
        line = _TIMESTAMP.sub("", line)
        if number < 3:
            line = _CONTRIBUTORS.sub("", line)
            if _TRANSLATIONS.match(line):
                continue
            line = _READ_MORE.sub("", line)
        line = _ADVERT.sub("", line)
        if number == len(lines) - 1 or not any(rest.strip() for rest in lines[number + 1 :]):
            line = _EMBED.sub("", line)
        if _is_header(line) or _CREDIT.match(line):
            line = ""
        line = " ".join(line.split())
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()


def _is_header(line: str) -> bool:
    """Whether a line is a section header: in brackets with a section's name, or bare."""
    found = _SECTION.match(line)
    if found is None:
        return _BARE_SECTION.match(line) is not None
    # Square brackets on a line of their own are always a header; round ones may be sung.
    return line.lstrip().startswith(("[", "【")) or bool(_SECTION_WORD.match(found["label"]))


BUCKETS = 1 << 17
PIECE_LENGTHS = (3, 4, 5)

_TOKEN = re.compile(
    r"[^\W_]+(?:'[^\W_]+)*"  # a word
    r"|[:;=8][-o*']?[()\[\]dp/\\|@3]|<3"  # an emoticon
    r"|[!?]+|\.\.+"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF]"
)
_LONG_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bags:
    """The n-grams of several texts, one after another.

    `buckets` (n_grams,) int64 and `weights` (n_grams,) float32 of text i stand from `offsets[i]`
    up to the next offset; `offsets` is (n_texts,) int64. A text's weights have length 1, or 0
    where it has no words.
    """

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    offsets: NDArray[np.int64]

    def rows(self) -> NDArray[np.int64]:
        """Which text each n-gram belongs to: (n_grams,) int64."""
        ends = np.append(self.offsets[1:], self.buckets.size)
        return np.repeat(np.arange(self.offsets.size), ends - self.offsets)

    def sums(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """The weighted sums of a table's rows (BUCKETS, k): (n_texts, k) float32."""
        out = np.zeros((self.offsets.size, table.shape[1]), dtype=np.float32)
        np.add.at(out, self.rows(), table[self.buckets] * self.weights[:, None])
        return out


def bags(texts: Sequence[str]) -> Bags:
    """Each text's n-grams, weighted 1 + ln(count) and scaled to length 1."""
    buckets: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float32]] = []
    offsets = np.zeros(len(texts), dtype=np.int64)
    filled = 0
    for index, text in enumerate(texts):
        counts = Counter(zlib.crc32(gram.encode()) % BUCKETS for gram in ngrams(text))
        weight = 1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
        norm = float(np.linalg.norm(weight))
        buckets.append(np.fromiter(counts, dtype=np.int64, count=len(counts)))
        weights.append((weight / norm if norm else weight).astype(np.float32))
        offsets[index] = filled
        filled += len(counts)
    return Bags(
        np.concatenate(buckets) if buckets else np.zeros(0, dtype=np.int64),
        np.concatenate(weights) if weights else np.zeros(0, dtype=np.float32),
        offsets,
    )


def ngrams(text: str) -> list[str]:
    """The words, neighbouring pairs, and pieces of 3 to 5 letters of the words, of a text."""
    found = words(text)
    out = [*found, *(f"{first} {second}" for first, second in itertools.pairwise(found))]
    for word in found:
        framed = f"<{word}>"
        for length in PIECE_LENGTHS:
            # A piece that is the whole word would count it twice.
            if len(framed) > length:
                out.extend(f"#{framed[i : i + length]}" for i in range(len(framed) - length + 1))
    return out


def words(text: str) -> list[str]:
    """Words, emoticons and marks of emphasis, case-folded; letters drawn out are cut to two."""
    plain = _LONG_RUN.sub(r"\1\1", text.casefold().replace("\u2019", "'"))
    return [token[:2] if token[0] in "!?." else token for token in _TOKEN.findall(plain)]
