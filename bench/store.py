"""The store at 50,000 tracks of 26 fields, beside TinyDB's default storage and the bounds."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table as Printed
from tinydb import TinyDB
from tinydb.table import Document as TinyDocument

from segue.music.track import Album, Artist, Track
from segued.store.files.storage import Document, Documents
from segued.store.library import LibraryStore

TRACKS = 50_000
LOOK_UPS = 20_000


def track_document(number: int) -> Document:
    """A document of 26 fields, about what is known of a track."""
    return {
        "id": identifier(number),
        "title": f"Title number {number} of many",
        "artist": f"Artist {number % 3000}",
        "artist_id": identifier(number % 3000),
        "album": f"Album {number % 9000}",
        "album_id": identifier(number % 9000),
        "release_date": f"{1960 + number % 66}-01-01",
        "duration_ms": 120_000 + number,
        "isrc": f"QZAAA{number:07d}",
        "explicit": number % 7 == 0,
        "playable": True,
        "added_at": "2026-01-01T00:00:00Z",
        "added_by": None,
        "key": number % 12,
        "mode": number % 2,
        **{f"feature_{name}": (number % 997) / 997 for name in range(11)},
    }


def identifier(number: int) -> str:
    """A 22 character id, as Spotify's are."""
    return f"{number:022d}"


def seconds(work: Callable[[], object]) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(folder: Path) -> dict[str, float]:
    """Seconds for each operation with our storage."""
    path = folder / "ours.json"
    file = Documents(path)
    file.documents("tracks").put({identifier(n): track_document(n) for n in range(TRACKS)})
    result = {"commit": seconds(file.commit)}
    file.close()
    opened: list[Documents] = []
    result["open"] = seconds(lambda: opened.append(Documents(path)))
    table = opened[0].documents("tracks")
    wanted = [identifier(n * 7919 % TRACKS) for n in range(LOOK_UPS)]
    result["look-up"] = (
        seconds(lambda: [table.get(doc_id=name) for name in wanted]) / LOOK_UPS  # type: ignore[call-overload]
    )

    def upsert() -> None:
        table.put({identifier(1): track_document(1)})
        opened[0].commit()

    result["one upsert on disk"] = seconds(upsert)
    return result


def theirs(folder: Path) -> dict[str, float]:
    """Seconds for each operation with TinyDB's default storage."""
    path = folder / "theirs.json"
    database = TinyDB(path)
    documents = [TinyDocument(track_document(n), n) for n in range(TRACKS)]
    result = {"commit": seconds(lambda: database.table("tracks").insert_multiple(documents))}
    database.close()
    opened: list[TinyDB] = []

    def open_and_read() -> None:
        opened.append(TinyDB(path))
        opened[0].table("tracks").get(doc_id=1)

    result["open"] = seconds(open_and_read)
    table = opened[0].table("tracks")
    result["look-up"] = (
        seconds(lambda: [table.get(doc_id=n * 7919 % TRACKS) for n in (1, 2, 3)]) / 3
    )
    result["one upsert on disk"] = seconds(lambda: table.upsert(TinyDocument(track_document(1), 1)))
    opened[0].close()
    return result


def library(folder: Path) -> dict[str, float]:
    """Seconds for the library store with our values, decoding included."""
    path = folder / "library.json"
    store = LibraryStore(path)
    store.put_tracks(
        Track(
            identifier(n),
            f"Title number {n} of many",
            (Artist(f"Artist {n % 3000}", identifier(n % 3000)),),
            Album(f"Album {n % 9000}", identifier(n % 9000), "1999-01-01"),
            200_000,
            f"QZAAA{n:07d}",
            False,
            True,
        )
        for n in range(TRACKS)
    )
    result = {"commit": seconds(store.commit)}
    opened: list[LibraryStore] = []
    result["open"] = seconds(lambda: opened.append(LibraryStore(path)))
    wanted = [identifier(n * 7919 % TRACKS) for n in range(LOOK_UPS)]
    result["look-up"] = seconds(lambda: [opened[0].track(name) for name in wanted]) / LOOK_UPS
    result["every track as a value"] = seconds(lambda: list(opened[0].tracks().values()))
    return result


def shown(value: float | None) -> str:
    """Seconds as a person reads them."""
    if value is None:
        return ""
    return f"{value * 1000:.4f} ms" if value < 0.001 else f"{value:.3f} s"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = [ours(folder), library(folder), theirs(folder)]
    bounds = {"open": 1.0, "commit": 1.0, "look-up": 0.0001}
    printed = Printed(title=f"{TRACKS:,} tracks of {len(track_document(0))} fields")
    for heading in ("", "bound", "Segue's storage", "library store", "TinyDB default"):
        printed.add_column(heading, justify="left" if not heading else "right")
    for row in ("open", "commit", "look-up", "one upsert on disk", "every track as a value"):
        cells = [shown(column.get(row)) for column in columns]
        printed.add_row(row, shown(bounds.get(row)), *cells)
    Console().print(printed)
    for row, bound in bounds.items():
        worst = max(columns[0][row], columns[1][row])
        print(f"{row}: {shown(worst)} {'holds' if worst < bound else 'BREAKS'} {shown(bound)}")


if __name__ == "__main__":
    main()
