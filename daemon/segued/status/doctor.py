"""Checks that everything Segue needs is in place, each with what to do where it is not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import requests

from segue.errors import (
    AuthorisationError,
    ConfigError,
    MalformedAnswerError,
    MissingError,
    StoreError,
    UsageError,
)
from segued.config.schema import Settings, SpotifySection
from segued.inventory.identity import recipes_with_ids
from segued.inventory.recipe_check import check_recipes
from segued.store.auth import login_status
from segued.store.state import State
from segued.web.refusals import http_date
from segued.web.service import cool_downs
from segued.web.transport import Limits, bounded_session

_CLOCK_SECONDS = 60
_FREE_MEGABYTES = 100


@dataclass(frozen=True, slots=True)
class Check:
    """One check: "good", "warning" or "bad". `next_step` is what to do; `exit_code` if bad."""

    name: str
    outcome: Literal["good", "warning", "bad"]
    text: str
    next_step: str = ""
    exit_code: int = 1


def examine(settings: Settings, folder: Path, now: datetime) -> Iterator[Check]:
    """Every check after the configuration's own, in the order things depend on each other."""
    yield _app(settings.spotify)
    yield from _state(settings, folder, now)
    yield from _reach(settings.spotify, now)


def _app(spotify: SpotifySection) -> Check:
    if spotify.client_id:
        return Check("app", "good", "a Client ID is given")
    step = "make an app at https://developer.spotify.com/dashboard and set [spotify] client_id"
    return Check("app", "bad", "no Client ID is given", step, ConfigError.exit_code)


def _state(settings: Settings, folder: Path, now: datetime) -> Iterator[Check]:
    try:
        state = State.open(folder)
        yield _writable(folder)
        free = shutil.disk_usage(folder).free // 1_000_000
        if free < _FREE_MEGABYTES:
            text = f"only {free} MB are free where the state lies"
            yield Check("disk", "warning", text, "make room; Segue keeps what it has until then")
        yield _login(state, now)
        yield from _playlists(settings, state)
        yield from _missing(settings, state)
        yield from (Check("state", "warning", text) for text in state.warnings)
        yield from _cool_downs(state, now)
        open_writes = state.journal.open_intents()
        if open_writes:
            text = f"{len(open_writes)} writes were begun and not finished"
            yield Check("journal", "warning", text, "the next `segue refresh` puts them right")
        state.close()
    except StoreError as error:
        yield Check("state", "bad", str(error), "", error.exit_code)


def _writable(folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"." * 4096)
    except OSError as error:
        text = f"{folder} cannot be written to ({error.strerror})"
        return Check("state", "bad", text, "see who owns it and how full the disk is", 1)
    return Check("state", "good", f"{folder} can be written to")


def _login(state: State, now: datetime) -> Check:
    login = login_status(state.auth, now)
    code = AuthorisationError.exit_code
    if login.authorized_at is None:
        return Check("login", "bad", "nobody is logged in", "segue auth login", code)
    if not login.logged_in:
        return Check("login", "bad", "the login has ended", "segue auth login", code)
    if login.missing_scopes:
        text = "the login lacks " + ", ".join(login.missing_scopes)
        return Check("login", "bad", text, "segue auth login", code)
    days = login.days_left or 0
    text = f"logged in for {days} more days"
    return Check(
        "login", "good" if days > 30 else "warning", text, "" if days > 30 else "segue auth login"
    )


def _playlists(settings: Settings, state: State) -> Iterator[Check]:
    if not settings.playlists:
        step = "add a [[playlist]], or see `segue init --force`"
        yield Check("playlists", "warning", "the configuration describes none", step)
    for recipe in (identity.recipe for identity in recipes_with_ids(settings, state)):
        binding = state.playlists.binding(recipe.id)
        if binding is not None and binding.paused_reason:
            yield Check("playlists", "warning", f"{recipe.name} is paused: {binding.paused_reason}")
        elif binding is None:
            yield Check("playlists", "good", f"{recipe.name} will be made by its first refresh")
        else:
            yield Check("playlists", "good", f"{recipe.name} is on your account")


def _missing(settings: Settings, state: State) -> Iterator[Check]:
    """What recipes name that cannot be found: a refresh would leave their playlists as they are."""
    try:
        found = check_recipes(settings, state)
    except UsageError:  # nothing was read yet
        return
    for each in found:
        text = f"{each.recipe.name}: {each.missing.why} ({each.missing.key})"
        if each.stops:
            step = "correct the recipe; `segue config check` names the line"
            yield Check("recipes", "bad", text, step, MissingError.exit_code)
        else:
            yield Check("recipes", "warning", text)


def _cool_downs(state: State, now: datetime) -> Iterator[Check]:
    for each in cool_downs(state.budget, now):
        until = each.until.astimezone().strftime("%a %d %b %Y, %H:%M")
        text = f"{each.endpoint} is left alone until {until} ({each.reason})"
        yield Check("limits", "warning", text, "wait; the service goes on by itself then")


def _reach(spotify: SpotifySection, now: datetime) -> Iterator[Check]:
    """Ask both addresses without a token: any answer at all means they can be reached."""
    timeout = spotify.timeout_seconds
    limits = Limits(timeout_seconds=timeout, deadline_seconds=2 * timeout)
    for name, key, path in (("Web API", "api_url", "/me"), ("accounts", "accounts_url", "/")):
        address = getattr(spotify, key) + path
        try:
            with bounded_session(name, limits) as session:
                answer = session.get(address, allow_redirects=False)
        except (requests.RequestException, MalformedAnswerError) as error:
            text = f"{address} cannot be reached ({type(error).__name__})"
            yield Check(name, "bad", text, f"check the network, and [spotify] {key}")
            continue
        yield Check(name, "good", f"{address} answers")
        if key == "api_url":
            yield from _clock(answer.headers.get("Date"), now)


def _clock(date: str | None, now: datetime) -> Iterator[Check]:
    theirs = http_date(date or "")
    if theirs is None:
        return
    seconds = abs((now - theirs).total_seconds())
    if seconds > _CLOCK_SECONDS:
        text = f"this machine's clock is {seconds:.0f} seconds off the server's"
        yield Check("clock", "warning", text, "let NTP set it; schedules go by it")
    else:
        yield Check("clock", "good", "agrees with the server's")


def config_permissions(file: Path) -> Check | None:
    """A warning where others may write the configuration."""
    mode = file.stat().st_mode
    if mode & 0o022 and os.name == "posix":
        text = f"others may change {file}"
        return Check("config", "warning", text, f"chmod go-w {file}")
    return None
