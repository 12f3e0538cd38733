"""Names as people write them, which one was probably meant, and Spotify's ids, links and URIs."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable


def name_key(name: str) -> str:
    """What two spellings of one name have in common: Unicode NFC, no case, no blanks around it."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", folded).strip()


_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def sorting_key(name: str) -> tuple[object, ...]:
    """What names are sorted by: letters without case or accents, numbers by their value.

    What is neither a letter nor a digit only parts words, so that “(Sittin' On) …” stands at S.
    Names that differ in accents alone stand side by side, the plain one first.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    words = " ".join(re.sub(r"[^\w]+|_", " ", re.sub("['’]", "", plain)).split())
    parts = re.split(r"(\d+)", words)
    return (*(int(p) if i % 2 else p for i, p in enumerate(parts)), "", name_key(name))


def nearest(given: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The choice most like a misspelt name, or None where none is at least so like it (0..1)."""
    by_key: dict[str, str] = {}
    for choice in choices:
        by_key.setdefault(name_key(choice), choice)
    close = difflib.get_close_matches(name_key(given), list(by_key), 1, likeness)
    return by_key[close[0]] if close else None


def did_you_mean(given: str, choices: Iterable[str], likeness: float = 0.6) -> str | None:
    """The nearest choice as a question, where one is near."""
    near = nearest(given, choices, likeness)
    return f'Did you mean "{near}"?' if near is not None else None


TRACK_URI = "spotify:track:"

_ID = re.compile(r"[0-9A-Za-z]{22}")
_LINK = re.compile(
    # a URI, of old with the playlist's owner in it, or an app's link
    r"(?:spotify:(?://)?(?:user:[^:\s]+:)?"
    # an address: with or without its scheme, with a language, "embed" or a user before the kind
    r"|(?:https?://)?(?:open|play|api)\.spotify\.com/(?:[^/\s?#]+/)*?)"
    r"(?P<kind>track|playlist|album|artist)s?[/:](?P<id>[0-9A-Za-z]{22})/?(?:[?#&]\S*)?",
    re.IGNORECASE,
)


def linked(text: str) -> tuple[str, str] | None:
    """What a link or URI names and its id, such as ("track", …); None for any other text."""
    link = _LINK.fullmatch(text.strip())
    return (link["kind"].lower(), link["id"]) if link else None


def spotify_id(text: str, kind: str) -> str | None:
    """The Spotify id that an id, URI or link of this kind names, else None."""
    if _ID.fullmatch(text.strip()):
        return text.strip()
    found = linked(text)
    return found[1] if found is not None and found[0] == kind else None


def playlist_id_in(reference: str) -> str | None:
    """The id in a Spotify link, URI or bare id of 22 characters; None for a name."""
    return spotify_id(reference, "playlist")


def is_spotifys(playlist_id: str) -> bool:
    """Whether a playlist is one that Spotify makes, going by how the ids of all of them begin."""
    return playlist_id.startswith("37i9dQZ")


def track_id_in(uri_or_id: str) -> str | None:
    """The id in a track's URI or a bare id; None for local files, episodes and empty rows."""
    if uri_or_id.startswith(TRACK_URI):
        return uri_or_id.removeprefix(TRACK_URI)
    return uri_or_id if uri_or_id and ":" not in uri_or_id else None


def track_ids_in(uris_or_ids: Iterable[str]) -> list[str]:
    """The track ids among URIs and ids, in their order."""
    return [i for each in uris_or_ids if (i := track_id_in(each)) is not None]


_LONGEST_ID = 40


def recipe_id_for(name: str) -> str:
    """The id of a recipe that was given none, made from its name: "Slow Sunday" → "slow-sunday".

    A name that loses something on the way to plain letters gets a short hash, so that two
    different names do not meet in one id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.casefold())
    slug = "-".join(words)
    lossless = re.fullmatch(r"[A-Za-z0-9 _.,'&!-]+", name) is not None
    if lossless and 0 < len(slug) <= _LONGEST_ID:
        return slug
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = slug[: _LONGEST_ID - 9].strip("-")
    return f"{head}-{digest}" if head else digest
