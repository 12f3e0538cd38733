"""What the state knows beyond the account, and the lists of `[never]`: files of the user's and
addresses, and the artists they name by id.

A list is any text with the id, link or URI of one artist a line: alone, in a table or as JSON. What
an address gives is kept, so that a list that cannot be fetched goes on holding as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from segue.errors import DataError, Problem, ServiceError
from segue.names import name_key, plural
from segue.playlists.library import Never, Outside
from segue.playlists.listening import heard_in
from segued.config.secrets import expanded
from segued.config.sections import DiscoverSection, NeverSection
from segued.config.toml.lines import TomlLines, show_path
from segued.inventory.reading import read_imported
from segued.store.files.atomic import file_mark, read_file
from segued.store.library import FetchedList, Share
from segued.store.state import State

WATCHED = "watched"
"""The cursor that holds whose releases are looked for."""
FETCHED_EVERY = timedelta(days=1)
LARGEST_FILE = 32_000_000
_ID = re.compile(r"(?:([a-z]+)s?[:/])?(?<![0-9A-Za-z])([0-9A-Za-z]{22})(?![0-9A-Za-z])")


def outside_of(section: DiscoverSection, state: State, now: datetime | None = None) -> Outside:
    """What is known beyond the account; `now` decides what is new, without it nothing is."""
    releases = state.discover.releases()
    watched = tuple(state.discover.cursor(WATCHED).get("ids", ()))
    end = now or datetime.min.replace(tzinfo=UTC)
    since = end - timedelta(seconds=section.released_within) if now else end
    by = frozenset(watched)
    dated = (
        (release.released, release.id)
        for release in releases.values()
        if not by.isdisjoint(release.artist_ids)
        and release.released_at is not None
        and since < release.released_at <= end
    )
    return Outside(
        releases=releases,
        looked=state.discover.looked(),
        asked=state.discover.asked(),
        suggested=state.discover.suggested(),
        newcomers=state.discover.newcomers(),
        watched=watched,
        new=tuple(release_id for _, release_id in sorted(dated, reverse=True)),
    )


def read_never(section: NeverSection, state: State) -> Never:
    """What the configuration keeps out, with the lists as they are now or were fetched last."""
    artists = dict.fromkeys(section.artists, "named in the configuration")
    notes = []
    problem = ""
    for name in section.lists:
        try:
            ids, unreadable = _read(name, state)
        except DataError as error:
            problem = problem or f"lists: {error}"
            continue
        artists |= {i: f"on the list {_short(name)}" for i in ids if i not in artists}
        if unreadable:
            notes.append(f"{name}: {plural(unreadable, 'row')} without an artist's id left out")
    excepted = frozenset(map(name_key, section.excepted))
    return Never(artists, section.playlists, excepted, tuple(notes), problem)


def never_files(section: NeverSection) -> dict[str, str]:
    """The files among the lists, by path, each with what changes when it does."""
    paths = (str(expanded(name)) for name in section.lists if not is_address(name))
    return {path: file_mark(path) for path in paths}


def list_problems(section: NeverSection, text: str) -> Iterator[Problem]:
    """What is wrong with the files among the lists, by their lines in the configuration's text."""
    for number, name in enumerate(section.lists):
        if not is_address(name):
            try:
                _in_file(name)
            except DataError as error:
                path = ("never", "lists", number)
                yield Problem(show_path(path), f"{error}.", TomlLines(text).line(path))


def is_address(name: str) -> bool:
    """Whether a list is fetched."""
    return "://" in name


def artists_in(text: str) -> tuple[tuple[str, ...], int]:
    """The ids of the artists in a list, each once, and how many rows named none.

    Comments (#), rows without any letter and the first row, where it is a heading, count as
    neither. Raises DataError, as "it …", where nothing in it is an artist's id.
    """
    found: dict[str, None] = {}
    unreadable = 0
    lines = [row for row in text.splitlines() if not row.lstrip().startswith("#")]
    rows = [row for row in lines if re.search(r"\w", row)]
    junk = re.sub(r"\s", "", "".join(lines)) if not rows else ""
    if rows and rows[0].lstrip().startswith("<"):
        raise DataError("it is a web page, not a list of artists")
    for number, row in enumerate(rows):
        ids = list(_ids(row))
        found |= dict.fromkeys(ids)
        unreadable += not ids and number > 0
    if not found and (rows or junk not in ("", "[]", "{}") or not text.strip()):
        raise DataError("it holds no artist's id or link" if rows or junk else "it is empty")
    return tuple(found), unreadable


def _ids(row: str) -> Iterator[str]:
    for kind, identity in _ID.findall(row):
        word = identity.isalpha() and identity in (
            *(identity.lower(), identity.upper(), identity.capitalize()),
        )
        if kind in ("", "artist") and not word:
            yield identity


def fetch_lists(
    section: NeverSection, state: State, clock: Callable[[], datetime]
) -> Mapping[str, str]:
    """Fetch the lists at addresses that are due; by address, why one could not be.

    One that fails stays as it was fetched last, and so does one that has lost half its artists or
    more, until it comes as short a second time.
    """
    addresses = [name for name in section.lists if is_address(name)]
    known, now, failed = state.discover.lists(), clock(), dict[str, str]()
    state.discover.drop_lists([address for address in known if address not in addresses])
    for address in addresses:
        before = known.get(address)
        if before is not None and before.fetched_at <= now < before.fetched_at + FETCHED_EVERY:
            continue
        try:
            ids, unreadable = artists_in(_fetched(address, state, clock))
            had, few = len(before.artists) if before is not None else 0, len(ids)
            if before is not None and had and 2 * few <= had and before.doubted != few:
                state.discover.put_list(address, replace(before, doubted=few))
                raise DataError(f"it came with {plural(few, 'artist')}, and {had} were known")
            state.discover.put_list(address, FetchedList(ids, unreadable, now))
        except (ServiceError, DataError) as error:
            kept = "; it holds as it was fetched last" if before is not None else ""
            failed[address] = f"the list could not be read: {error}{kept}"
    state.discover.commit()
    return failed


def look_at(address: str, state: State, clock: Callable[[], datetime]) -> int:
    """How many artists the list at an address names now; nothing of it is kept.

    Raises ServiceError or DataError where it cannot be read.
    """
    return len(artists_in(_fetched(address, state, clock))[0])


def next_fetches(section: NeverSection, state: State) -> Iterator[datetime]:
    """When each list at an address is fetched again."""
    for address, fetched in state.discover.lists().items():
        if address in section.lists:
            yield fetched.fetched_at + FETCHED_EVERY


def _fetched(address: str, state: State, clock: Callable[[], datetime]) -> str:
    from segued.web.source import Services  # imports requests; no plan makes any
    from segued.web.transport import Limits

    parts = urlsplit(address)
    limits = Limits(timeout_seconds=20.0, deadline_seconds=30.0, most_redirects=3)
    base = f"{parts.scheme}://{parts.netloc}"
    with Services(state.budget, clock) as services:
        source = services.open(parts.netloc, base, limits)
        answer = source.call(lambda: source.session.get(address))
    return _text(answer.content)


def _read(name: str, state: State) -> tuple[tuple[str, ...], int]:
    if is_address(name):
        fetched = state.discover.lists().get(name)
        if fetched is None:
            raise DataError(f"{name} was not fetched yet, run `segue sync`")
        return fetched.artists, fetched.unreadable
    return _in_file(name)


def _in_file(name: str) -> tuple[tuple[str, ...], int]:
    path = expanded(name)
    try:
        return artists_in(_text(read_file(path, LARGEST_FILE)))
    except OSError as error:
        raise DataError(
            f"{name} cannot be read: {error.strerror}; put it back, or take it out of the list"
        ) from error
    except DataError as error:
        raise DataError(f"{name} is no list of artists: {error}") from error


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not text in UTF-8") from error


def _short(name: str) -> str:
    return Path(urlsplit(name).path or name).name or name


def played_artists(state: State) -> list[str]:
    """The ids of the artists the user plays and likes most, most first."""
    tracks = state.library.tracks()
    heard = {i: each.plays for i, each in heard_in(read_imported(state, tracks)).items()}
    counts = Counter(heard)
    counts.update(play.track_id for play in state.plays.all())
    counts.update(saved.track_id for saved in state.library.liked())
    found: Counter[str] = Counter()
    for track_id, times in counts.items():
        if track_id in tracks and tracks[track_id].artists:
            found[tracks[track_id].artists[0].id or ""] += times
    return [i for i, _ in sorted(found.items(), key=lambda each: (-each[1], each[0])) if i]


def due_looks(section: DiscoverSection, state: State, now: datetime) -> list[str]:
    """The watched artists whose next look is due, the longest unseen first."""
    looked = state.discover.looked()
    every = timedelta(seconds=section.look_every)
    watched: list[str] = state.discover.cursor(WATCHED).get("ids", [])
    unseen = [artist_id for artist_id in watched if artist_id not in looked]
    seen = sorted((looked[i].looked_at, i) for i in watched if i in looked)
    return [*unseen, *(i for at, i in seen if not at <= now < at + every)]


def next_look(section: DiscoverSection, state: State, now: datetime) -> datetime:
    """When the next sync has something to look for beyond the account."""
    share = Share(state.discover, section.calls_a_day, now)
    if due_looks(section, state, now):
        return share.free_at()
    looked = state.discover.looked()
    watched: list[str] = state.discover.cursor(WATCHED).get("ids", [])
    every = timedelta(seconds=section.look_every)
    return min((looked[i].looked_at + every for i in watched if i in looked), default=now)
