"""The parts of the campaign, and how they are shared out between processes."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path

from tests.faults.campaign.accounts import (
    LARGE,
    MAKES,
    Make,
    Stage,
    midday_zone,
    sandbox_settings,
    watch_every_change,
)
from tests.faults.campaign.commands import Launcher
from tests.faults.campaign.files import (
    hostile_imports,
    hostile_state,
    keep_everything,
    read_brought,
    read_kept,
)
from tests.faults.campaign.kills import REFRESH, SCENES, Scene, kills
from tests.faults.campaign.proxy import Proxy
from tests.faults.campaign.verdict import Trial
from tests.faults.campaign.wire import combined_lies, lies_beyond, set_up, single_lies, tell

from segued.sandbox.account.listener import PlaylistRecord
from segued.sandbox.server import Sandbox, running

PARTS = ("kills", "lies", "combined lies", "lies beyond", "files")
SECONDS = 60.0
"""How long a command may take: requests end after half a second, and late looks are repeated."""
KILLS_A_SCENE = 10
KILLS_OF_LARGE = 3
LARGE_FROM_SHARE = 0.2
SECONDS_OF_LARGE = 300.0
LARGE_SCENES = ((LARGE[1], 1), (LARGE[0], 3))
"""How many of the scenes are tried on each of the large accounts."""


@dataclass(frozen=True, slots=True)
class Shard:
    """What one of `of` processes does: every `of`-th trial, a `share` of them."""

    number: int
    of: int
    seed: int
    share: float
    folder: Path


@dataclass
class Theatre:
    """One sandbox, one launcher, and as many stages as are asked for."""

    sandbox: Sandbox
    launcher: Launcher
    folder: Path
    zone: str
    stages: list[Stage] = field(default_factory=list)

    def stage(
        self, make: Make, name: str, front: str | None = None, *, beyond: bool = False
    ) -> Stage:
        """A stage of its own, nothing done on it yet."""
        address = self.sandbox.accounts_url if front is None else front
        home = self.folder / f"{len(self.stages)}"
        found = Stage(self.sandbox, home, address, make, self.zone, name, beyond=beyond)
        self.stages.append(found)
        return found


def run_side_by_side(
    shards: Sequence[Shard], parts: Sequence[str], processes: int = 1
) -> list[Trial]:
    """Every shard, so many at once. The large accounts come first, since they take longest."""
    context = multiprocessing.get_context("spawn")
    root = (shards[0].folder.parent,)
    with ProcessPoolExecutor(processes, context, _end_with_parent, root) as pool:
        begun = []
        if "kills" in parts and shards[0].share >= LARGE_FROM_SHARE:
            for make, scenes in LARGE_SCENES:
                shard = replace(shards[0], folder=shards[0].folder.with_name(make.name))
                begun.append(pool.submit(run_large, shard, make, scenes))
        begun += [pool.submit(run_shard, shard, tuple(parts)) for shard in shards]
        found = [each.result() for each in begun]
    return sorted(itertools.chain.from_iterable(found), key=lambda trial: trial.part)


def run_shard(shard: Shard, parts: Sequence[str]) -> list[Trial]:
    """The trials of one shard, part by part."""
    with _theatre(shard, MAKES, SECONDS) as theatre:
        return list(_reported(_small(theatre, shard, parts), shard))


def run_large(shard: Shard, make: Make, scenes: int) -> list[Trial]:
    """Kills on a large account, in so many of the scenes."""
    with _theatre(shard, [make], SECONDS_OF_LARGE) as theatre:
        return list(_reported(_large_kills(theatre, shard, make, scenes), shard))


@contextmanager
def _theatre(shard: Shard, makes: Sequence[Make], seconds: float) -> Iterator[Theatre]:
    shard.folder.mkdir(parents=True)
    changed = PlaylistRecord.changed
    with running(sandbox_settings(makes)) as sandbox, Launcher(shard.folder, seconds) as launcher:
        theatre = Theatre(sandbox, launcher, shard.folder / "homes", midday_zone(datetime.now(UTC)))
        watch_every_change(theatre.stages)
        try:
            _warm_up(theatre)
            yield theatre
        finally:
            PlaylistRecord.changed = changed  # type: ignore[method-assign]
    shutil.rmtree(shard.folder)


def _end_with_parent(root: Path) -> None:
    """Have this process end as soon as the one that began it has, with what it began and wrote."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        Launcher.end_all()
        shutil.rmtree(root, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _reported(trials: Iterable[Trial], shard: Shard) -> Iterator[Trial]:
    """The same, with a line of progress now and then."""
    began = time.monotonic()
    for count, trial in enumerate(trials, 1):
        if count % 1000 == 0 or not trial.right:
            seconds = time.monotonic() - began
            words = "" if trial.right else " WRONG"
            sys.stderr.write(
                f"[{shard.number}] {count} trials, {seconds:.0f} s, {trial.name}{words}\n"
            )
        yield trial


def _warm_up(theatre: Theatre) -> None:
    """Run commands in the launcher itself, so that what they import is there for all."""
    stage = theatre.stage(MAKES[1], "Warm-up")
    stage.log_in()
    for arguments in (REFRESH, ("enrich",), ("undo", stage.name)):
        theatre.launcher.run(arguments, stage.home, stay=True)


def _small(theatre: Theatre, shard: Shard, parts: Sequence[str]) -> Iterator[Trial]:
    if "kills" in parts:
        most = max(1, round(KILLS_A_SCENE * shard.share))
        for make, scene in _sampled(itertools.product(MAKES, SCENES), shard):
            stage = theatre.stage(make, f"{scene.name}, {make.name}")
            found = kills(stage, theatre.launcher, scene, most=most, seed=shard.seed)
            yield from _set(found, stage)
    if "lies" in parts or "combined lies" in parts:
        yield from _lies(theatre, shard, parts)
    if "lies beyond" in parts:
        yield from _lies_beyond(theatre, shard)
    if "files" in parts:
        yield from _files(theatre, shard)


def _sampled(pairs: Iterable[tuple[Make, Scene]], shard: Shard) -> list[tuple[Make, Scene]]:
    """The shard's own pairs; where only a share is run, a seeded few of them."""
    own = list(pairs)[shard.number :: shard.of]
    count = max(3, round(len(own) * min(1.0, 4 * shard.share)))
    return random.Random(shard.seed).sample(own, min(count, len(own)))


def _large_kills(theatre: Theatre, shard: Shard, make: Make, scenes: int) -> Iterator[Trial]:
    for scene in SCENES[:scenes]:
        stage = theatre.stage(make, f"{scene.name}, {make.name}")
        most = max(1, round(KILLS_OF_LARGE * shard.share))
        found = kills(stage, theatre.launcher, scene, most=most, seed=shard.seed)
        yield from _set(found, stage)


def _set(trials: Iterator[Trial], stage: Stage) -> Iterator[Trial]:
    """The trials of a stage; one that cannot be set is wrong, and ends no others."""
    try:
        yield from trials
    except AssertionError as error:
        yield Trial(
            part="kills",
            name=f"setting the stage: {stage.name}",
            smallest=0,
            bound=0,
            lost=False,
            converged=False,
            traceback=False,
            seconds=0.0,
            too_long=False,
            words=str(error)[-300:].replace("\n", " "),
        )


def _lies(theatre: Theatre, shard: Shard, parts: Sequence[str]) -> Iterator[Trial]:
    with Proxy(theatre.sandbox.port) as proxy:
        stage = theatre.stage(MAKES[2], "Lied to", proxy.address)
        setting = set_up(stage, theatre.launcher, proxy)
        lies = [("lies", lie) for lie in single_lies(setting) if "lies" in parts]
        if "combined lies" in parts:
            lies += [("combined lies", lie) for lie in combined_lies(setting, shard.seed)]
        step = max(1, round(1 / shard.share))
        for part, lie in lies[shard.number :: shard.of][::step]:
            yield tell(setting, part, lie)


def _lies_beyond(theatre: Theatre, shard: Shard) -> Iterator[Trial]:
    with Proxy(theatre.sandbox.port) as proxy:
        stage = theatre.stage(MAKES[2], "Beyond", proxy.address, beyond=True)
        setting = set_up(stage, theatre.launcher, proxy)
        step = max(1, round(1 / shard.share))
        for lie in list(lies_beyond(setting))[shard.number :: shard.of][::step]:
            yield tell(setting, "lies beyond", lie)


def _files(theatre: Theatre, shard: Shard) -> Iterator[Trial]:
    share = shard.share / shard.of
    stage = theatre.stage(MAKES[0], "Damaged")
    stage.log_in()
    for _ in range(2):
        theatre.launcher.run(REFRESH, stage.home)
    stage.mark()
    seed = shard.seed + 1000 * shard.number
    yield from hostile_imports(stage, theatre.launcher, share=share, seed=seed)
    yield from hostile_state(stage, theatre.launcher, share=share, seed=seed)
    stage.back()
    keep_everything(stage, theatre.launcher)
    theatre.launcher.run(REFRESH, stage.home)
    stage.mark()
    yield from read_brought(stage, share=share, seed=seed)
    yield from read_kept(stage, theatre.folder / "beside", share=share, seed=seed)
