"""Every check, in the order in which things depend on each other."""

from __future__ import annotations

from collections.abc import Iterator

from segued.doctor import account, house, providers
from segued.doctor.check import Check
from segued.doctor.recipes import recipes
from segued.run import Run


def examine(run: Run, *, offline: bool = False) -> Iterator[Check]:
    """Look at everything but the configuration itself; `offline` leaves out what asks a service.

    Nothing is changed, neither on the account nor in what is known of it; requests are counted.
    """
    folder = run.state.folder
    yield from house.state_folder(folder)
    yield from house.store(run)
    yield house.zone(run)
    yield account.app(run.settings.spotify)
    login = account.login(run)
    yield login
    if not offline:
        yield from account.addresses(run)
        if login.outcome != "bad":
            yield account.authorised_read(run)
    yield from recipes(run)
    yield from house.learners(run)
    yield from providers.providers(run, offline=offline)
    yield from providers.encoder(run, offline=offline)
    yield house.service(run.settings, run.environ, folder)
