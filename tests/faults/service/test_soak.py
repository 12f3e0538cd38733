"""The service for a while at accelerated schedules, killed in the middle: it neither grows nor
loses anything. As short as can be here; `make soak` sets SOAK_SECONDS to ten minutes."""

from __future__ import annotations

import logging
import os
import random
import time
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest

log = logging.getLogger(__name__)

SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
LEAST_KILLS = 3
LEAST_ROUNDS = 4
NAMES = [f"List {number}" for number in range(4 if SECONDS else 2)]
RECIPES = "".join(
    f'[[playlist]]\nname = "{name}"\nfrom = "liked"\nlength = {10 + number}\n'
    'schedule = "every 1 minute"\n'
    for number, name in enumerate(NAMES)
)
LOOKS_OFTEN = "400000"  # the scheduler looks twice in the watchdog's time
MOST_GROWTH_MIB = 4.0
MOST_NEW_FILES = 2


def size(process: Any) -> tuple[float, int]:
    """Resident MiB and open files."""
    found = psutil.Process(process.pid)
    return found.memory_info().rss / 2**20, found.num_fds()


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
def test_it_neither_grows_nor_loses_anything(home: Any) -> None:
    home.write_config(recipes=RECIPES)
    text = home.config.read_text().replace('sync = "@daily"', 'sync = "every 1 minute"')
    home.config.write_text(text)
    chance, sizes, kills = random.Random(3), [], 0
    process = home.serve(WATCHDOG_USEC=LOOKS_OFTEN)
    end = time.monotonic() + SECONDS
    # A third of the time it is killed again and again, then it is left alone and measured.
    while kills < LEAST_KILLS or time.monotonic() < end - SECONDS * 2 / 3:
        home.make_due()
        process.kill()
        process.wait()
        kills += 1
        process = home.serve(WATCHDOG_USEC=LOOKS_OFTEN)
        time.sleep(chance.uniform(0.2, 1.5))
    home.wait_until(lambda: idle(home))
    while len(sizes) < LEAST_ROUNDS or time.monotonic() < end:
        now = datetime.now(UTC)
        home.make_due()  # as if a minute had passed
        home.wait_until(lambda now=now: all_ended_since(home, now))
        home.wait_until(lambda: idle(home))
        sizes.append(size(process))
    assert home.stop(process) == 0
    warm = len(sizes) // 3
    memory, files = zip(*sizes[warm:], strict=True)
    log.info(
        "%d kills, then %d rounds of %d jobs: resident %.1f to %.1f MiB, %d to %d open files",
        *(kills, len(sizes), len(NAMES) + 1, memory[0], memory[-1], files[0], files[-1]),
    )
    assert max(memory) - memory[0] < MOST_GROWTH_MIB, sizes
    assert max(files) - files[0] <= MOST_NEW_FILES, sizes
    assert sorted(home.mine) == NAMES, "a playlist was lost or made twice"
    assert [len(home.mine[name]) for name in NAMES] == [10, 11, 12, 13][: len(NAMES)]
    with home.state() as state:
        assert state.warnings == ()
        assert state.journal.open_intents() == ()
        assert all(run.status != "running" for run in state.runs.recent(1000))


def all_ended_since(home: Any, moment: datetime) -> bool:
    with home.state() as state:
        ends = [schedule.last_ended for schedule in state.schedules.all().values()]
        return len(ends) == len(NAMES) + 1 and all(end and end > moment for end in ends)


def idle(home: Any) -> bool:
    with home.state() as state:
        states = state.schedules.all().values()
        return all(schedule.running_since is None and schedule.owed is None for schedule in states)
