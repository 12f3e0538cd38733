"""A track as Spotify knows it, and when two tracks of a catalogue are the same recording.

One recording is often in the catalogue several times: as a single, on an album, on a remaster, on
a compilation. The same ISRC is the same recording. Without that, tracks are the same when title,
artist and duration agree, where the title is compared without what does not make a recording
another one: featured artists, remasters, single and album versions, mono and stereo, bonus
tracks. Live takes, remixes, edits by others, acoustic and new recordings keep their words and so
stay apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Artist:
    """An artist. `id` is None for artists of local files."""

    name: str
    id: str | None = None

    @property
    def key(self) -> str:
        """What identifies an artist: the id, else the case-folded name."""
        return self.id or self.name.casefold()


@dataclass(frozen=True, slots=True)
class Album:
    """An album. `release_date` is ISO 8601 with the precision known: year, month or day."""

    name: str
    id: str | None = None
    release_date: str | None = None

    @property
    def release_year(self) -> int | None:
        """The year of release, or None where unknown (Spotify writes unknown as 0000)."""
        head = (self.release_date or "")[:4]
        return int(head) if head.isascii() and head.isdigit() and head != "0000" else None


@dataclass(frozen=True, slots=True)
class Track:
    """A track of Spotify's catalogue.

    `id` is the Spotify id (22 base-62 characters). `explicit` and `playable` are None where the
    service did not say.
    """

    id: str
    title: str
    artists: tuple[Artist, ...] = ()
    album: Album | None = None
    duration_ms: int = 0
    isrc: str | None = None
    explicit: bool | None = None
    playable: bool | None = None

    @property
    def uri(self) -> str:
        """The Spotify URI, as playlists are written with it."""
        return f"spotify:track:{self.id}"

    @property
    def artist(self) -> str:
        """The first artist's name, or an empty string where there is none."""
        return self.artists[0].name if self.artists else ""

    @property
    def artist_key(self) -> str:
        """What identifies the first artist, see `Artist.key`; empty where there is none."""
        return self.artists[0].key if self.artists else ""

    @property
    def artist_line(self) -> str:
        """All artists, as a person would write them."""
        return ", ".join(artist.name for artist in self.artists)


# Recordings: when two tracks of a catalogue are the same recording.
#
# One recording is often in the catalogue several times: as a single, on an album, on a remaster, on
# a compilation. The same ISRC is the same recording. Without that, tracks are the same when title,
# artist and duration agree, where the title is compared without what does not make a recording
# another one: featured artists, remasters, single and album versions, mono and stereo, bonus
# tracks. Live takes, remixes, edits by others, acoustic and new recordings keep their words and so
# stay apart.


DURATION_TOLERANCE_MS = 2_500
"""How far durations of one recording differ between releases, with fades and silences."""

_BRACKETS = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]")
_DASH = re.compile(r"\s+[-–—/|]\s+|\s+[-–—]$")
_CREDIT = re.compile(r"\b(?:feat|ft|featuring)\b\.?.*$|^(?:with|con|avec|mit|prod)\b\.?\s.*$")
_CREDIT_IN_TITLE = re.compile(r"\s(?:feat|ft)\b\.?\s.*$|\sfeaturing\s.*$")
_SAME_RECORDING = re.compile(
    r"""
      \b(?:(?:19|20)\d\d\s+)?(?:digital(?:ly)?\s+)?re-?master(?:ed|ing)?\b
          (?:\s+(?:version|edition|in|from))?(?:\s+(?:19|20)\d\d)?
    | \b(?:7"|12"|single|album|original|lp|ep|main|standard|studio|explicit|clean|radio)
          \s+(?:album\s+|single\s+)?(?:version|edit)\b
    | \boriginal\s+(?:mix|recording)\b
    | \b(?:mono|stereo)(?:\s+(?:version|mix))?\b
    | \b(?:(?:super\s+)?deluxe|expanded|special|anniversary|collector'?s)\s+(?:edition|version)\b
    | \b\d+(?:st|nd|rd|th)\s+anniversary(?:\s+(?:edition|version))?\b
    | \bbonus\s+track\b
    | ^(?:music\s+)?from\s+(?:the\s+)?(?:["“'‘«].*|(?:original\s+)?(?:motion\s+picture|film|movie
          |series|musical|tv|television|netflix|soundtrack)\b.*)$
    | ^explicit$
    """,
    re.VERBOSE,
)
_NOT_A_WORD = re.compile(r"[^\w]+")


@lru_cache(maxsize=65_536)
def normalised_title(title: str) -> str:
    """A title without what does not make it another recording: case-folded words, no accents.

    Falls back to the case-folded title where nothing would be left.
    """
    whole = text = _fold(title)
    aside: list[str] = []
    while found := _BRACKETS.search(text):
        aside.append(found.group(1))
        text = f"{text[: found.start()]} {text[found.end() :]}"
    main, *after = _DASH.split(text)
    main = _CREDIT_IN_TITLE.sub("", main)
    aside = after + aside[::-1] if after else aside
    words = [_words(main), *(_words(_SAME_RECORDING.sub(" ", _CREDIT.sub("", a))) for a in aside)]
    return " ".join(word for word in words if word) or whole.strip()


@lru_cache(maxsize=65_536)
def normalised_artist(name: str) -> str:
    """An artist's name for comparing: case-folded, no accents, no leading "the", no guests."""
    folded = _CREDIT_IN_TITLE.sub("", _fold(name))
    words = _words(folded)
    return words.removeprefix("the ") or folded.strip()


def song_key(title: str, artist: str) -> tuple[str, str]:
    """What songs are looked up by where only title and artist are known."""
    return normalised_title(title), normalised_artist(artist)


def same_recording(first: Track, second: Track) -> bool:
    """Whether two tracks are the same recording.

    The same id or ISRC is enough. Otherwise normalised titles must be equal, an artist be
    credited first on one and anywhere on the other, and known durations lie within
    `DURATION_TOLERANCE_MS`. Different ISRCs alone do not part them: reissues get new ones.
    """
    if first.id == second.id or (first.isrc is not None and _isrc(first) == _isrc(second)):
        return True
    return (
        normalised_title(first.title) == normalised_title(second.title)
        and _artists_agree(first, second)
        and _durations_agree(first, second)
    )


class Recordings:
    """The recordings in a growing list of tracks, for finding copies in near-constant time."""

    def __init__(self, tracks: Iterable[Track] = ()) -> None:
        self._by_isrc: dict[str, Track] = {}
        self._by_title: dict[str, list[Track]] = {}
        for track in tracks:
            self.add(track)

    def original_of(self, track: Track) -> Track | None:
        """The first track added that is the same recording, see `same_recording`, or None."""
        isrc = _isrc(track)
        if isrc and isrc in self._by_isrc:
            return self._by_isrc[isrc]
        alike = self._by_title.get(normalised_title(track.title), ())
        return next((other for other in alike if same_recording(other, track)), None)

    def add(self, track: Track) -> None:
        """Remember a track."""
        self._by_title.setdefault(normalised_title(track.title), []).append(track)
        if isrc := _isrc(track):
            self._by_isrc.setdefault(isrc, track)


def unique_recordings(tracks: Iterable[Track]) -> dict[str, str]:
    """Find later copies of recordings already in a list: the copy's id to the kept one's id.

    The first of each recording is kept, so put what is preferred first.
    """
    kept, copies = Recordings(), {}
    for track in tracks:
        original = kept.original_of(track)
        if original is None:
            kept.add(track)
        elif original.id != track.id:
            copies[track.id] = original.id
    return copies


ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
"""A plain ISRC (ISO 3901)."""


def plain_isrc(isrc: str) -> str:
    """An ISRC as its twelve characters: services write it with hyphens, spaces, small letters."""
    return isrc.replace("-", "").replace(" ", "").upper()


def _isrc(track: Track) -> str | None:
    return plain_isrc(track.isrc or "") or None


def _artists_agree(first: Track, second: Track) -> bool:
    if not first.artists or not second.artists:
        return False
    return _credited(first.artists[0], second.artists) or _credited(
        second.artists[0], first.artists
    )


def date_as_year(release_date: str | None) -> float:
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
    except (ValueError, OverflowError):
        return float("nan")


def _credited(artist: Artist, among: Iterable[Artist]) -> bool:
    name = normalised_artist(artist.name)
    return any(
        (artist.id is not None and artist.id == other.id) or name == normalised_artist(other.name)
        for other in among
    )


def _durations_agree(first: Track, second: Track) -> bool:
    known = first.duration_ms > 0 and second.duration_ms > 0
    return known and abs(first.duration_ms - second.duration_ms) <= DURATION_TOLERANCE_MS


def _fold(text: str) -> str:
    """Case-folded, compatibility forms and Latin accents removed, ampersands spelt out."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", plain).casefold().replace("&", " and ")


def _words(text: str) -> str:
    joined = text.replace("'", "").replace("’", "")
    return " ".join(_NOT_A_WORD.sub(" ", joined).split())
