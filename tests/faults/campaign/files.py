"""Files cut off at every byte and flipped bit by bit: those people bring, those Segue keeps."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.campaign.accounts import Stage
from tests.faults.campaign.commands import Launcher
from tests.faults.campaign.kills import REFRESH, judged
from tests.faults.campaign.verdict import Trial, bound

BROKEN = "is broken"
FLIPS_A_FILE = 24
CUTS_A_FILE = 12


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


def damaged(content: bytes, flips: int, cuts: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """A seeded choice of one-bit flips and of cuts; all where there are not more than asked for."""
    rng = random.Random(seed)
    bits, places = 8 * len(content), len(content)
    for bit in sorted(rng.sample(range(bits), min(bits, flips))):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", bytes(changed)
    for place in sorted(rng.sample(range(places), min(places, cuts))):
        yield f"cut at {place}", content[:place]


def hostile_imports(
    stage: Stage, launcher: Launcher, *, share: float, seed: int
) -> Iterator[Trial]:
    """Import each damaged file, then refresh twice."""
    for name, (command, content) in brought(stage).items():
        cuts = max(1, int(len(content) * share))
        for words, bad in damaged(content, cuts, cuts, seed):
            stage.back()
            before = stage.rows
            file = stage.home / name
            file.write_bytes(bad)
            ended = launcher.run((*command, str(file)), stage.home)
            allowed = bound(len(before), len(before))
            meant = (before, (), allowed)  # what was learned may well change the list
            yield judged(stage, launcher, ("files brought", f"{name}, {words}"), ended, meant)


def hostile_state(stage: Stage, launcher: Launcher, *, share: float, seed: int) -> Iterator[Trial]:
    """Damage each file of the state, then refresh: twice more must put everything right."""
    state = stage.home / "state"
    stage.back()
    names = [file.relative_to(state) for file in sorted(state.rglob("*")) if _is_content(file)]
    for name in names:
        content = (state / name).read_bytes()
        flips = max(1, round(FLIPS_A_FILE * share))
        for words, bad in damaged(content, flips, max(1, round(CUTS_A_FILE * share)), seed):
            stage.back()
            before = stage.rows
            (state / name).write_bytes(bad)
            ended = launcher.run(REFRESH, stage.home)
            if ended.code and BROKEN in ended.output:
                _move_away(state / name)
                stage.log_in()
            meant = (before, (before,), len(before))
            yield judged(stage, launcher, ("files kept", f"{name}, {words}"), ended, meant)


def _move_away(file: Path) -> None:
    """What the error advises: without its good copy, a broken file has to go."""
    file.unlink(missing_ok=True)
    file.with_name(f"{file.name}.last-good").unlink(missing_ok=True)


def _is_content(file: Path) -> bool:
    return file.is_file() and "lock" not in file.name and file.stat().st_size > 0
