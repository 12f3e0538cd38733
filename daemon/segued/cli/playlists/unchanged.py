"""The short way of `plan` and `refresh`: where nothing has changed, what stands is told."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from segued.cli.call import Call

if TYPE_CHECKING:
    from segued.refresh.unchanged import Asked, Unchanged


def asked_of(call: Call, names: Sequence[str]) -> Asked | None:
    """What a refresh is asked, read without the configuration; None where it is no file's."""
    from segued.refresh.unchanged import Asked

    if "loaded" in call.__dict__:  # given, or read already because somebody needs it
        return None
    try:
        config = call.config_file.read_bytes()
    except OSError:
        return None
    return Asked(call.state_folder, config, call.environ, tuple(names), call.sets, call.seed)


def nothing_to_do(call: Call, names: Sequence[str], command: str, wait: float) -> Unchanged | None:
    """The outcome of a refresh or a plan that has nothing to do, with its lines in the history.

    None where the whole way has to be gone. Raises LockedError as a run does.
    """
    from segued.refresh.unchanged import known, nothing_to_do, record
    from segued.store.files.lock import writer_lock

    asked = asked_of(call, names)
    if asked is None or known(asked, call.now()) is None:
        return None
    with writer_lock(call.state_folder, command, wait):
        found = nothing_to_do(asked, call.clock)
        if found is not None:
            now = call.now()
            name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
            record(asked.folder, name, found, now, planned_only=command != "segue refresh")
    return found


def as_last_planned(call: Call, names: Sequence[str]) -> Unchanged | None:
    """What `plan --offline` finds where nothing that it depends on has changed; else None."""
    from segued.refresh.unchanged import Unchanged, kept_plans, known

    asked = asked_of(call, names)
    note = known(asked, call.now()) if asked is not None else None
    if asked is None or note is None:
        return None
    plans = kept_plans(asked.folder, note, call.now())
    return None if plans is None else Unchanged(plans, {})
