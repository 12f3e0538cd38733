"""Files cut off at every byte and flipped bit by bit: those people bring, those Segue keeps.

Every damage is read as Segue reads it, in this process; of a seeded few the whole command is run,
and two healthy refreshes after it.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tests.faults.campaign.accounts import Stage
from tests.faults.campaign.commands import Launcher
from tests.faults.campaign.kills import REFRESH, Meant, judged
from tests.faults.campaign.verdict import Trial, bound

from segue.errors import SegueError
from segue.tables.reading import read_table
from segued.imports.history import read_export
from segued.providers.features.table import Table, feature_rows
from segued.store.files.atomic import read_with_last_good
from segued.store.files.format import Format
from segued.store.files.storage import Documents
from segued.store.state import State
from segued.store.tracks.lyrics import Vectors

BROKEN = "is broken"
WHOLE_COMMANDS = 4
"""Of each file so many cuts and so many flips are met by a whole command."""
CUTS_OF_A_LONG_FILE = 4096
SECONDS_A_READ = 5.0
DAY = datetime(2026, 11, 20, tzinfo=UTC)


def _played(stage: Stage) -> list[dict[str, object]]:
    tracks = [uri for uri in stage.rows if uri.startswith("spotify:track:")][:6]
    return [
        {
            "ts": f"2023-05-0{number + 1}T12:00:00Z",
            "ms_played": 180_000,
            "spotify_track_uri": uri,
            "master_metadata_track_name": f"Song {number}",
            "master_metadata_album_artist_name": "Ina Vale",
        }
        for number, uri in enumerate(tracks)
    ]


def brought(stage: Stage) -> dict[str, tuple[tuple[str, ...], bytes]]:
    """Files as people bring them: the command that takes each, and its content."""
    history = json.dumps(_played(stage)).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Streaming_History_Audio_2023_1.json", history)
    rows = "\n".join(
        f'"{uri}","Song, {number}",0.{number},12{number}.5,F#m'
        for number, uri in enumerate(stage.rows[:8])
    )
    table = f"Track URI,Track Name,Energy,Tempo,Key\n{rows}\n".encode("utf-8-sig")
    return {
        "Streaming_History_Audio_2023_1.json": (("import", "history"), history),
        "my_spotify_data.zip": (("import", "history"), packed.getvalue()),
        "features.csv": (("import", "features"), table),
    }


def keep_everything(stage: Stage, launcher: Launcher) -> None:
    """Bring each file whole, and put vectors beside what is kept, so that every kind is there."""
    for name, (command, content) in brought(stage).items():
        (stage.home / name).write_bytes(content)
        ended = launcher.run((*command, str(stage.home / name)), stage.home)
        assert ended.code == 0, ended.output
    with contextlib.closing(State.open(stage.home / "state")) as state:
        for part in (("a", "b"), ("c",)):
            rows = np.linspace(0, 1, 4 * len(part), dtype=np.float32).reshape(len(part), 4)
            state.vectors.put("lyrics", "some", Vectors(part, rows))


def damaged(content: bytes, flips: int, cuts: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """A seeded choice of one-bit flips and of cuts; all where there are not more than asked for.

    Where there are more cuts, half of them are at the beginning and the end.
    """
    rng = random.Random(seed)
    for bit in sorted(rng.sample(range(8 * len(content)), min(8 * len(content), flips))):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", bytes(changed)
    edge = cuts // 4
    places = {*range(edge), *range(len(content) - edge, len(content))} & {*range(len(content))}
    inside = sorted({*range(len(content))} - places)
    places.update(rng.sample(inside, min(len(inside), max(0, cuts - len(places)))))
    for place in sorted(places):
        yield f"cut at {place}", content[:place]


def read_brought(stage: Stage, *, share: float, seed: int) -> Iterator[Trial]:
    """Read each file cut at every byte, and with as many flipped bits: rows, or words."""
    for name, (command, content) in brought(stage).items():
        file = stage.home / name
        read = _table if "features" in command else lambda path: read_export(path, DAY)
        cuts = max(1, round(len(content) * share))
        for words, bad in damaged(content, cuts, cuts, seed):
            file.write_bytes(bad)
            title = ("files brought, read", f"{name}, {words}")
            yield _read(title, lambda file=file, read=read: read(file), ())


def _table(path: Path) -> Table:
    return Table(feature_rows(read_table(path)))


def read_kept(stage: Stage, folder: Path, *, share: float, seed: int) -> Iterator[Trial]:
    """Read each file of the state cut at every byte, and with as many flipped bits.

    Of long files it is as many as `CUTS_OF_A_LONG_FILE`. What is read is what was written last, or
    before that, or nothing but words.
    """
    state = stage.home / "state"
    for file in _contents(state):
        name = file.relative_to(state)
        content = file.read_bytes()
        good = tuple(_meant(state, folder, name))
        _put_beside(state, folder, name)
        cuts = max(1, round(min(len(content), CUTS_OF_A_LONG_FILE) * share))
        read = _reader(folder, name)
        for words, bad in damaged(content, cuts // 2, cuts, seed):
            (folder / name).write_bytes(bad)
            yield _read(("files kept, read", f"{name}, {words}"), read, good)


def _meant(state: Path, folder: Path, name: Path) -> Iterator[object]:
    """What a file tells, and what its good copy does."""
    for there in (name, name.with_name(f"{name.name}.last-good")):
        if (state / there).exists():
            _put_beside(state, folder, name)
            shutil.copyfile(state / there, folder / name)
            yield _reader(folder, name)()


def _put_beside(state: Path, folder: Path, name: Path) -> None:
    """The folder of one file as it is in the state, with what it needs to be read."""
    shutil.rmtree(folder, ignore_errors=True)
    there = state / name.parent if name.parent != Path() else None
    if there is not None:
        shutil.copytree(there, folder / name.parent)
        return
    folder.mkdir()
    for near in (name.name, f"{name.name}.last-good"):
        if (state / near).exists():
            shutil.copyfile(state / near, folder / near)


def _reader(folder: Path, name: Path) -> Callable[[], object]:
    """Reads one file of a state as its store does, into what can be compared."""
    state = State(folder)
    plain = name.name
    if plain == "history.npz":
        return lambda: _columns(state)
    match name.parts[0]:
        case "vectors":
            return lambda: _rows_of(state)
        case "tables" if plain.endswith(".parquet"):
            return lambda: [frame.rows() for frame in state.tables.frames()]
        case "plans":
            return lambda: state.plans.get(plain.removesuffix(".json"))
        case "journal":
            return state.journal.open_intents
        case _ if b'"tables":' in (folder / name).read_bytes():
            return lambda: dict(Documents(folder / name).file.read())
        case _:
            parse = Format().parse
            return lambda: read_with_last_good(folder / name, lambda data: parse(data, name)[0])[0]


def _columns(state: State) -> object:
    history = state.history.get()
    assert history is not None
    listening = history.listening
    return (listening.track_ids, listening.played_at.tolist(), history.titles, history.artists)


def _rows_of(state: State) -> object:
    found = state.vectors.get("lyrics", "some")
    assert found is not None
    return found.track_ids, found.matrix.tolist()


def _read(title: tuple[str, str], read: Callable[[], object], good: tuple[object, ...]) -> Trial:
    """One reading. With `good` it has to give one of these; everything else is lost."""
    began, bug, lost = time.monotonic(), "", False
    logging.disable(logging.WARNING)  # thousands of times that something was restored
    try:
        found = read()
        lost = bool(good) and found not in good
    except SegueError:
        pass
    except Exception as error:  # noqa: BLE001 - what is looked for
        bug = f"{type(error).__name__}: {error}"
    finally:
        logging.disable(logging.NOTSET)
    seconds = time.monotonic() - began
    return Trial(
        part=title[0],
        name=title[1],
        smallest=0,
        bound=0,
        lost=lost,
        converged=True,
        traceback=bool(bug),
        seconds=seconds,
        too_long=seconds > SECONDS_A_READ,
        words=bug,
    )


def hostile_imports(
    stage: Stage, launcher: Launcher, *, share: float, seed: int
) -> Iterator[Trial]:
    """Import a few of the damaged files, then refresh twice."""
    count = max(1, round(3 * WHOLE_COMMANDS * share))
    for name, (command, content) in brought(stage).items():
        for words, bad in damaged(content, count, count, seed):
            stage.back()
            before = stage.rows
            file = stage.home / name
            file.write_bytes(bad)
            ended = launcher.run((*command, str(file)), stage.home)
            allowed = bound(len(before), len(before))
            meant = Meant(before, (), allowed)  # what was learned may well change the list
            yield judged(stage, launcher, ("files brought", f"{name}, {words}"), ended, meant)


def hostile_state(stage: Stage, launcher: Launcher, *, share: float, seed: int) -> Iterator[Trial]:
    """Damage each file of the state, then refresh: twice more must put everything right."""
    state = stage.home / "state"
    stage.back()
    names = [file.relative_to(state) for file in _contents(state)]
    count = WHOLE_COMMANDS * share
    chosen = (
        names
        if count >= 1
        else random.Random(seed).sample(names, max(1, round(len(names) * count)))
    )
    for name in chosen:
        content = (state / name).read_bytes()
        for words, bad in damaged(content, max(1, round(count)), max(1, round(count)), seed):
            stage.back()
            before = stage.rows
            (state / name).write_bytes(bad)
            ended = launcher.run(REFRESH, stage.home)
            if ended.code and BROKEN in ended.output:
                _move_away(state / name)
                stage.log_in()
            meant = Meant(before, (before,), len(before))
            yield judged(stage, launcher, ("files kept", f"{name}, {words}"), ended, meant)


def _move_away(file: Path) -> None:
    """What the error advises: without its good copy, a broken file has to go."""
    file.unlink(missing_ok=True)
    file.with_name(f"{file.name}.last-good").unlink(missing_ok=True)


def _contents(state: Path) -> list[Path]:
    return [file for file in sorted(state.rglob("*")) if _is_content(file)]


def _is_content(file: Path) -> bool:
    spare = any(word in file.name for word in ("lock", ".last-good"))
    return file.is_file() and not spare and file.stat().st_size > 0
