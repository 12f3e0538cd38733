"""What the doctor finds on this machine: folders, permissions, time, learners, the service."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from segue.errors import NotFoundError, RateLimitedError, SegueError
from segued.config.schedule.zone import LOCAL, read_timezone
from segued.config.schema import Settings
from segued.inventory.recipe_check import SavedModels
from segued.run import Run
from segued.service.install import UNIT, how_to_start, manager_says, unit_folder
from segued.status.report import left_alone
from segued.store.files.lock import service_process

FREE_MEGABYTES = 100
"""With less room than this, a write may fail any moment."""


def config_permissions(file: Path) -> Iterator[Check]:
    """A warning where others may write the configuration."""
    if os.name == "posix" and file.stat().st_mode & 0o022:
        yield Check("config", "warning", f"others may change {file}", f"chmod go-w {file}")


def state_folder(folder: Path) -> Iterator[Check]:
    """Whether the state can be written, by this user alone, and how much room there is."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"." * 4096)
    except OSError as error:
        text = f"{folder} cannot be written to ({error.strerror})"
        yield Check("state", "bad", text, "see who owns it and how full the disk is")
    else:
        yield Check("state", "good", f"{folder} can be written to")
    yield _permissions(folder)
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < FREE_MEGABYTES:
        text = f"only {free} MB are free where the state lies"
        yield Check("disk", "warning", text, "make room; Segue keeps what it has until then")
    else:
        yield Check("disk", "good", f"{free / 1000:,.1f} GB are free where the state lies")


def _permissions(folder: Path) -> Check:
    """The login and what is known of the account are nobody else's."""
    open_to_others = [
        path
        for path in (folder, folder / "auth.json")
        if path.exists() and os.name == "posix" and path.stat().st_mode & 0o077
    ]
    if open_to_others:
        names = " ".join(str(path) for path in open_to_others)
        return Check("permissions", "warning", f"others may read {names}", f"chmod go-rwx {names}")
    return Check("permissions", "good", "the state is readable by you alone")


def zone(run: Run) -> Check:
    """The timezone of schedules, and what time it is there."""
    name = run.settings.timezone
    here = read_timezone(name)
    named = f"{name}, which is {here}" if name == LOCAL else name
    return Check("timezone", "good", f"{named}; it is {run.now.astimezone(here):%a %H:%M} there")


def store(run: Run) -> Iterator[Check]:
    """What was repaired, what was begun and not finished, what is left alone for now."""
    state = run.state
    yield from (Check("state", "warning", text) for text in state.warnings)
    for each in left_alone(run.settings, state, run.now):
        until = each.until.astimezone().strftime("%a %d %b %Y, %H:%M")
        text = f"{each.endpoint} is left alone until {until} ({each.reason})"
        yield Check("limits", "warning", text, "wait; the service goes on by itself then")
    begun = state.journal.open_intents()
    if begun:
        text = f"{len(begun)} writes were begun and not finished"
        yield Check("journal", "warning", text, "the next `segue refresh` puts them right")


def learners(run: Run) -> Iterator[Check]:
    """Each learner of [learn]: learned, replaced by its baseline, or not there."""
    section = run.settings.learn
    if not section.enabled:
        yield Check("learners", "good", "switched off, by [learn] enabled = false")
        return
    learned = run.state.models.learned()
    if learned is None:
        yield Check("learners", "warning", "nothing was learned yet", "segue learn")
        return
    models = SavedModels(run.settings, run.state)
    when = learned.learned_at.astimezone().strftime("%d %b %Y")
    for name in section.learners:
        found, result = models(name), learned.one(name)
        if isinstance(found, str):
            yield Check("learners", "warning", f"{name}: {found}", "segue learn")
        elif result is not None and not result.used:
            text = f"{name}: its baseline {result.stands_in} stands in since {when}"
            yield Check("learners", "good", f"{text} ({result.reason})")
        else:
            yield Check("learners", "good", f"{name}: learned on {when}")


def service(settings: Settings, environ: Mapping[str, str], folder: Path) -> Check:
    """Whether something keeps the schedules."""
    process = service_process(folder)
    if process is not None:
        return Check("service", "good", f"process {process} looks after this state")
    installed = [
        f"{unit_folder(scope, environ) / UNIT}: {manager_says(scope)}"
        for scope in ("user", "system")
        if (unit_folder(scope, environ) / UNIT).exists()
    ]
    start = how_to_start(environ, folder).removeprefix("No service is running; ")
    count = len(settings.schedules)
    if not count:
        return Check("service", "good", "none is running, and no recipe has a schedule")
    text = f"none is running, so nobody keeps the schedules of {count} recipes"
    if installed:
        text += f" ({', '.join(installed)})"
    return Check("service", "warning", text, start)


Outcome = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: "good", "warning" or "bad". `next_step` is what to do; `exit_code` if bad."""

    name: str
    outcome: Outcome
    text: str
    next_step: str = ""
    exit_code: int = 1


def failed(name: str, error: SegueError, setting: str) -> Check:
    """What could not be asked, as a check: `setting` is where its address is configured.

    A service that only asks to wait is no fault of the installation.
    """
    if isinstance(error, RateLimitedError):
        return Check(name, "warning", str(error), "wait; Segue goes on by itself then")
    step = f"check the network, and {setting}"
    if isinstance(error, NotFoundError):
        step = f"check {setting}: what is there does not know what it was asked"
    return Check(name, "bad", str(error), step, error.exit_code)
