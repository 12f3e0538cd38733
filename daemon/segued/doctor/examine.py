"""Every check of the configuration, the account and the recipes, in the order in which they depend
on each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import requests

from segue.errors import (
    AuthorisationError,
    ConfigError,
    MalformedAnswerError,
    MissingError,
    SegueError,
    UsageError,
)
from segue.recipe.recipe import Recipe
from segued.config.schema import DASHBOARD, SpotifySection
from segued.doctor import house, providers
from segued.doctor.house import Check, failed
from segued.inventory.recipe_check import check_recipes
from segued.refresh.guards import Location, locate
from segued.run import Run
from segued.store.access import login_status
from segued.store.library import ACCOUNT
from segued.web.judging import http_date
from segued.web.transport import Limits, bounded_session

CLOCK_SECONDS = 60
"""A clock further off than this is worth a word: schedules go by it."""
SOON_DAYS = 30
_LOGIN = "segue auth login"


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
        return Check("login", "bad", "nobody is logged in", _LOGIN, code)
    token = run.state.auth.token()
    if token is not None and token.client_id not in ("", run.settings.spotify.client_id):
        text = "the login belongs to another app than [spotify] client_id names"
        return Check("login", "bad", text, f"{_LOGIN}, or put the old client_id back", code)
    if not found.logged_in:
        return Check("login", "bad", "the login has ended", _LOGIN, code)
    if found.missing_scopes:
        text = "the login lacks " + ", ".join(found.missing_scopes)
        return Check("login", "bad", text, _LOGIN, code)
    days = found.days_left or 0
    text = f"logged in for {days} more days"
    if days > SOON_DAYS:
        return Check("login", "good", text)
    return Check("login", "warning", text, _LOGIN)


def addresses(run: Run) -> Iterator[Check]:
    """Both addresses, asked what only they can answer: a wrong base address answers otherwise."""
    spotify = run.settings.spotify
    asked = (
        ("Web API", "GET", f"{spotify.api_url}/me", "api_url", 401, "https://api.spotify.com/v1"),
        (
            "accounts",
            "POST",
            f"{spotify.accounts_url}/api/token",
            "accounts_url",
            400,
            "https://accounts.spotify.com",
        ),
    )
    for name, method, address, key, expected, usual in asked:
        answer = _ask(method, address, run.settings.spotify.timeout_seconds)
        if isinstance(answer, str):
            text = f"{address} cannot be reached ({answer})"
            yield Check(name, "bad", text, f"check the network, and [spotify] {key}")
        elif answer.status_code == 429 or answer.status_code >= 500:
            text = f"{address} answered with {answer.status_code}"
            yield Check(name, "warning", text, "try again later")
        elif answer.status_code != expected or not _is_error(answer):
            text = f"{address} answered with {answer.status_code}, where Spotify says {expected}"
            step = f"check [spotify] {key}; Spotify's own is {usual}"
            yield Check(name, "bad", text, step, ConfigError.exit_code)
        else:
            yield Check(name, "good", f"{address} answers as Spotify does")
            if key == "api_url":
                yield from _clock(answer.headers.get("Date"), run.now)


def authorised_read(run: Run) -> Check:
    """A read with the login: only this shows that the two go together."""
    try:
        user = run.client().me()
    except AuthorisationError as error:
        return Check("account", "bad", str(error), _LOGIN, error.exit_code)
    except SegueError as error:
        return failed("account", error, "[spotify] api_url")
    known = run.state.library.cursor(ACCOUNT)
    if known is not None and known["id"] != user.id:
        text = (
            f"the login is {user.display_name}'s, and the state holds the library of "
            f"{known['display_name']}"
        )
        step = "log in as the other, or use another state folder (STATE_DIRECTORY)"
        return Check("account", "bad", text, step, ConfigError.exit_code)
    return Check("account", "good", f"{user.display_name or user.id} can be read")


def _ask(method: str, address: str, timeout: float) -> requests.Response | str:
    """The answer to a request without a login, or in a word why there is none."""
    limits = Limits(timeout_seconds=timeout, deadline_seconds=2 * timeout)
    try:
        with bounded_session("Spotify", limits) as session:
            return session.request(method, address, allow_redirects=False)
    except (requests.RequestException, MalformedAnswerError) as error:
        return type(error).__name__


def _is_error(answer: requests.Response) -> bool:
    try:
        found = answer.json()
    except ValueError:
        return False
    return isinstance(found, dict) and "error" in found


def _clock(date: str | None, now: datetime) -> Iterator[Check]:
    theirs = http_date(date or "")
    if theirs is None:
        return
    seconds = abs((now - theirs).total_seconds())
    if seconds > CLOCK_SECONDS:
        text = f"this machine's clock is {seconds:,.0f} seconds off Spotify's"
        yield Check("clock", "warning", text, "let NTP set it; schedules go by it")
    else:
        yield Check("clock", "good", f"within {CLOCK_SECONDS} seconds of Spotify's")


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
        found = check_recipes(run.settings, run.state)
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


def examine(run: Run, *, offline: bool = False) -> Iterator[Check]:
    """Look at everything but the configuration itself; `offline` leaves out what asks a service.

    Nothing is changed, neither on the account nor in what is known of it; requests are counted.
    """
    folder = run.state.folder
    yield from house.state_folder(folder)
    yield from house.store(run)
    yield house.zone(run)
    yield app(run.settings.spotify)
    account = login(run)
    yield account
    if not offline:
        yield from addresses(run)
        if account.outcome != "bad":
            yield authorised_read(run)
    yield from recipes(run)
    yield from house.learners(run)
    yield from providers.providers(run, offline=offline)
    yield from providers.encoder(run, offline=offline)
    yield house.service(run.settings, run.environ, folder)
