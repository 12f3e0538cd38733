"""What the doctor finds without a request: folders, permissions, time, the login, recipes, learners
and the service."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from segue.errors import (
    AuthorisationError,
    ConfigError,
    MissingError,
    NotFoundError,
    RateLimitedError,
    SegueError,
    UsageError,
)
from segue.names import plural
from segue.recipe.recipe import Recipe
from segued.config.schedule.zone import LOCAL, local_end, read_timezone
from segued.config.schema import Settings
from segued.config.secrets import expanded
from segued.config.sections import DASHBOARD, SpotifySection
from segued.inventory.recipe_check import SavedModels, check_recipes
from segued.refresh.guards import Location, kept_by_another, locate
from segued.run import Run
from segued.service.install import UNIT, how_to_start, manager_says, unit_folder
from segued.status.report import left_alone
from segued.store.access import login_status
from segued.store.files.lock import service_process
from segued.store.library import ACCOUNT
from segued.web.judging import http_date

SOON_DAYS = 30
LOGIN = "segue auth login"
FREE_MEGABYTES = 100
"""With less room than this, a write may fail any moment."""


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
        text = f"{each.endpoint} is left alone until {local_end(each.until)} ({each.reason})"
        yield Check("limits", "warning", text, "wait; the service goes on by itself then")
    begun = state.journal.open_intents()
    if begun:
        text = f"{plural(len(begun), 'write')} begun and not finished"
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


def app(spotify: SpotifySection) -> Check:
    """Whether an app is configured."""
    if spotify.client_id:
        return Check("app", "good", "a Client ID is given")
    step = f"make an app at {DASHBOARD} and set [spotify] client_id, or run `segue init`"
    return Check("app", "bad", "no Client ID is given", step, ConfigError.exit_code)


def login(run: Run) -> Check:
    """The stored login: whose app it is, what it may do, how long it lasts. Asks nobody."""
    found, code = login_status(run.state.auth, run.now), AuthorisationError.exit_code
    if found.authorized_at is None:
        return Check("login", "bad", "nobody is logged in", LOGIN, code)
    token = run.state.auth.token()
    if token is not None and token.client_id not in ("", run.settings.spotify.client_id):
        text = "the login belongs to another app than [spotify] client_id names"
        return Check("login", "bad", text, f"{LOGIN}, or put the old client_id back", code)
    if not found.logged_in:
        return Check("login", "bad", "the login has ended", LOGIN, code)
    if found.missing_scopes:
        text = "the login lacks " + ", ".join(found.missing_scopes)
        return Check("login", "bad", text, LOGIN, code)
    more = [scope for scope in run.settings.more_scopes if not run.state.auth.allows(scope)]
    if more:
        text = f"the login does not allow {', '.join(more)}, which a recipe asks for"
        return Check("login", "warning", text, LOGIN)
    days = found.days_left or 0
    text = f"logged in for {days} more days"
    if days > SOON_DAYS:
        return Check("login", "good", text)
    return Check("login", "warning", text, LOGIN)


def recipes(run: Run) -> Iterator[Check]:
    """A line for each recipe's playlist, and one for each thing that it names and cannot have."""
    if not run.settings.playlists:
        step = "add a [[playlist]], or see `segue init --force`"
        yield Check("playlists", "warning", "the configuration describes none", step)
        return
    account = run.state.library.cursor(ACCOUNT)
    if account is None:
        text = f"{len(run.recipes)} described; what they name was not looked up yet"
        yield Check("playlists", "warning", text, "segue sync")
        return
    for known in run.recipes:
        yield _playlist(run, known.recipe, str(account["id"]))
    yield from _missing(run)


def _playlist(run: Run, recipe: Recipe, user_id: str) -> Check:
    binding = run.state.playlists.binding(recipe.id)
    if binding is not None and binding.paused_reason:
        text = f"{recipe.name} is paused: {binding.paused_reason}"
        return Check("playlists", "warning", text, "segue refresh --help says how it ends")
    found = locate(recipe, binding, run.state.playlists.summaries(), user_id)
    recipes, bindings = (each.recipe for each in run.recipes), run.state.playlists.bindings()
    found = kept_by_another(found, recipe, recipes, bindings) or found
    if found.kind in ("paused", "refused"):
        return Check("playlists", "bad", f"{recipe.name}: {found.text}", "", MissingError.exit_code)
    return Check("playlists", "good", f"{recipe.name} {_where(found)}")


def _where(found: Location) -> str:
    if found.kind == "create" or found.summary is None:
        return "will be made by its first refresh"
    words = "takes over" if found.kind == "adopted" else "is"
    return f"{words} “{found.summary.name}” on your account ({found.summary.id})"


def _missing(run: Run) -> Iterator[Check]:
    """What recipes name that cannot be found: a refresh would leave their playlists as they are."""
    try:
        found = check_recipes(run.settings, run.state, run.now)
    except UsageError:  # nothing was read yet
        return
    for each in found:
        text = f"{each.recipe.name}: {each.missing.why} ({each.missing.key})"
        if each.stops:
            step = "correct the recipe; `segue config check` names the line"
            yield Check("recipes", "bad", text, step, MissingError.exit_code)
        else:
            yield Check("recipes", "warning", text)
    if not found:
        yield Check("recipes", "good", "every source, seed and track they name is there")


CLOCK_SECONDS = 60
"""A clock further off than this is worth a word: schedules go by it."""


def clock(date: str | None, now: datetime) -> Iterator[Check]:
    """Whether this machine's clock agrees with the date of an answer of Spotify's."""
    theirs = http_date(date or "")
    if theirs is None:
        return
    seconds = abs((now - theirs).total_seconds())
    if seconds > CLOCK_SECONDS:
        text = f"this machine's clock is {seconds:,.0f} seconds off Spotify's"
        yield Check("clock", "warning", text, "let NTP set it; schedules go by it")
    else:
        yield Check("clock", "good", f"within {CLOCK_SECONDS} seconds of Spotify's")


def _table(run: Run) -> str:
    count = len(run.state.tables.paths())
    return f"{count} imported" if count else "none imported; `segue import features` takes one in"


def _audio(run: Run) -> str:
    """Its folder; opening the source would note which files have changed."""
    folder = expanded(run.settings.features.audio_folder)
    if not run.settings.features.audio_folder or not folder.is_dir():
        raise UsageError(f"[features] audio_folder names no folder: {str(folder)!r}")
    if importlib.util.find_spec("librosa") is None:
        raise UsageError("it needs: pip install 'segue[audio]'")
    if run.settings.features.key_by == "basic-pitch":
        from segued.providers.encoders.onnx import notes_heard

        notes_heard()
    return f"files of {folder}"


OWN_FILES: Mapping[str, Callable[[Run], str]] = {"table": _table, "audio": _audio}
"""The providers that read files of the user's own: nobody has to be asked."""
