"""The disk fills up in the middle of a command: one sentence, nothing half written, and whatever
was there before goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.faults.campaign.accounts import MAKES, Stage, midday_zone, sandbox_settings
from tests.faults.campaign.commands import Launcher
from tests.faults.campaign.files import brought
from tests.faults.campaign.kills import RECENT, REFRESH

from segued.sandbox.server import running

POINTS = 3
HISTORY, TABLE = "Streaming_History_Audio_2023_1.json", "features.csv"
SAID = "No space left on device"


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    with Launcher(tmp_path_factory.mktemp("launcher"), 60.0) as made:
        yield made


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, launcher: Launcher) -> Iterator[Stage]:
    """A list that was refreshed, a history and a table that were brought, and an export."""
    make = MAKES[0]
    with running(sandbox_settings([make])) as sandbox:
        home = tmp_path_factory.mktemp("full") / "home"
        address = sandbox.accounts_url
        made = Stage(sandbox, home, address, make, midday_zone(datetime.now(UTC)), "Full")
        made.log_in()
        for name, (command, content) in brought(made).items():
            (home / name).write_bytes(content)
            if name in (HISTORY, TABLE):
                # What has polars' threads cannot be forked.
                ended = launcher.run((*command, str(home / name)), home, stay=name == HISTORY)
                assert ended.code == 0, ended.output
        for arguments in (REFRESH, export(made), picture(made)):
            ended = launcher.run(arguments, home, stay=True)
            assert ended.code == 0, ended.output
        made.mark()
        yield made


def export(stage: Stage) -> tuple[str, ...]:
    return ("export", "--all", "--folder", str(stage.home / "exported"))


def picture(stage: Stage) -> tuple[str, ...]:
    return ("explain", stage.name, "--picture", str(stage.home / "picture.svg"))


def brings(name: str) -> tuple[str, ...]:
    return ("import", "history" if name == HISTORY else "features")


@contextmanager
def changed(stage: Stage, name: str) -> Iterator[tuple[str, ...]]:
    """A command that has something to write; afterwards all is as it was."""
    stage.back()
    if name == "refresh":
        stage.write_config(stage.make.wanted, RECENT)
        yield REFRESH
    elif name in (HISTORY, TABLE):
        file = stage.home / name
        file.write_bytes(file.read_bytes().replace(b"2023-05", b"2023-06").replace(b"0.", b"0.9"))
        yield (*brings(name), str(file))
    else:
        for path in (stage.home / "exported").glob("*"):
            path.write_text("what was exported before")
        yield export(stage) if name == "export" else picture(stage)


def kept(stage: Stage) -> dict[str, bytes]:
    """What a command must not leave half written."""
    files = [stage.home / "state" / name for name in ("history.npz", "library.json")]
    files += [stage.home / "picture.svg", *(stage.home / "exported").iterdir()]
    files += (stage.home / "state" / "tables").glob("*.parquet")
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("name", ["refresh", "export", "picture", HISTORY, TABLE])
def test_a_full_disk_costs_one_command_and_nothing_that_was_there(
    stage: Stage, launcher: Launcher, name: str
) -> None:
    with changed(stage, name) as arguments:
        before = kept(stage)
        healthy = launcher.run(arguments, stage.home)
        assert healthy.code == 0, healthy.output
        after = kept(stage)
        rows = stage.rows
    assert healthy.steps is not None
    places = random.Random(7).sample(range(1, healthy.steps), min(POINTS, healthy.steps - 1))
    for full_at in sorted(places):
        with changed(stage, name) as arguments:
            ended = launcher.run(arguments, stage.home, full_at=full_at)
            assert not ended.traceback, ended.output
            for path, content in kept(stage).items():
                assert content in (before.get(path), after.get(path)), (full_at, path)
            if ended.code:
                assert SAID in ended.output
            again = launcher.run(arguments, stage.home)
            assert again.code == 0, (full_at, again.output)
            assert kept(stage) == after or name == "refresh"
            assert not [*Path(stage.home).rglob(".*.tmp")], full_at
            if name == "refresh":
                assert stage.rows == rows
                stage.writes()
                assert launcher.run(REFRESH, stage.home).code == 0
                assert stage.writes() == 0
