"""Refreshes with nothing to do: one key over everything a plan depends on, and what it led to.

A refresh that ended well leaves a note (`unchanged.json`): the key of its inputs, digests of the
answers with which a sync begins, and until when time alone changes nothing. While all three hold,
the next refresh ends after those few requests, with neither a sync nor a plan. The key can only
have a write left out: whatever differs, or is not known for certain, goes the whole way.

This module imports neither the configuration nor any model, and reads no large file.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from segue.errors import ForbiddenError, MalformedAnswerError, NotFoundError, StoreError
from segue.playlists.plan import Diff, Plan, ReportValue
from segued.refresh.outcome import NothingAsked, Unchanged
from segued.store.access import Access, AuthStore, BudgetStore
from segued.store.files.atomic import (
    file_mark,
    program_signature,
    read_with_last_good,
    signature,
    write_atomically,
)
from segued.store.files.format import Document, Format, decode, encode
from segued.store.runs import RunRecord, RunStore
from segued.store.writes import PlanStore

INPUTS = (
    *("library.json", "plays", "playlists.json", "features.json", "lyrics.json", "vectors"),
    *("tags.json", "discover.json", "history.npz", "models", "tables", "plans"),
)
"""The files and folders of the state that a plan, or what is looked up before it, depends on."""
_FILE = "unchanged.json"
_FORMAT = Format()
_KEPT = 64
_MEASURES = (
    *("objective", "camelot_percent", "tempo_percent", "median_tempo_step_percent"),
    *("mean_energy_step", "worst_transition", "arc_rank_correlation"),
    *("artist_adjacency", "album_adjacency", "forbidden_neighbours"),
)
"""What a report says of the order on the account, beside the planned one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a refresh was asked: the state's folder, the configuration and what overrides it."""

    folder: Path
    config: bytes
    environ: Mapping[str, str]
    names: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def label(self) -> str:
        """Under which the note of such a refresh is kept."""
        return "\n".join(self.names)


@dataclass(frozen=True, slots=True)
class Note:
    """What the last whole refresh found: it holds from `since` to `until` (UTC).

    `answers` are digests by endpoint, `login` is when the user agreed, `recipes` are the ids of
    those planned and `snapshots` the versions their playlists then had. `enriched` is the document
    of an enrichment that had nothing to ask, `called` the ids by the names one may call them,
    `audio_folder` where the user's own files lie, `files` the signatures of other files of use.
    """

    key: str
    since: datetime
    until: datetime
    login: str
    access: Access
    answers: Mapping[str, str]
    recipes: tuple[str, ...]
    snapshots: Mapping[str, str | None]
    enriched: Mapping[str, object] | None = None
    called: Mapping[str, str] = field(default_factory=dict)
    audio_folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def key_of(asked: Asked) -> str:
    """The key of everything a refresh depends on but the account's answers and the time."""
    parts = (
        hashlib.sha256(asked.config).hexdigest(),
        sorted((k, v) for k, v in asked.environ.items() if k.startswith("SEGUE_")),
        asked.environ.get("TZ") or (time.tzname, time.timezone),
        (asked.names, asked.sets, asked.seed),
        [(name, signature(asked.folder / name)) for name in INPUTS],
        program_signature(),
        sys.version,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def known(asked: Asked, now: datetime) -> Note | None:
    """The note that holds for a refresh now, as far as can be known without asking the account."""
    if any((asked.folder / "journal").glob("*.json")):
        return None
    notes = _notes(asked.folder)
    for each in (asked, replace(asked, names=())):
        note = notes.get(each.label)
        if note is not None and note.since <= now < note.until and note.key == key_of(each):
            if not _as_noted(note, asked.folder):
                return None
            return note if each.names == asked.names else _part(note, asked.names)
    return None


def _as_noted(note: Note, folder: Path) -> bool:
    """Whether the user's own files, lists and those exported are as they were."""
    if any(file_mark(path) != mark for path, mark in note.files.items()):
        return False
    if not note.audio_folder:
        return True
    from segued.providers.audio.files import is_indexed  # it imports numpy; few have own files

    return is_indexed(Path(note.audio_folder), folder)


def _part(note: Note, names: tuple[str, ...]) -> Note | None:
    """The note of a refresh of every recipe, for some of them; None where one is not among them."""
    ids = {note.called[name] for name in names if name in note.called}
    if not all(name in note.called for name in names):
        return None
    return replace(note, recipes=tuple(each for each in note.recipes if each in ids))


def nothing_to_do(asked: Asked, clock: Callable[[], datetime]) -> Unchanged | None:
    """The outcome of a refresh that has nothing to do; None where the whole way has to be gone.

    The caller holds the writer's lock. Raises what a sync raises where the account cannot be asked
    now: RateLimitedError, UnavailableError.
    """
    from segued.spotify.answers import TokenRefusedError  # imports requests
    from segued.spotify.glance import Glance, access_token

    now = clock()
    note = known(asked, now)
    if note is None or RunStore(asked.folder / "runs.json").left_open():
        return None
    auth, budget = AuthStore(asked.folder / "auth.json"), BudgetStore(asked.folder / "budget.json")
    token = auth.token()
    if token is None or token.authorized_at.isoformat() != note.login:
        return None
    glance = Glance(note.access, budget, clock)
    if glance.refused(note.answers):
        return None  # the sync then reads what it may
    glance.use(access_token(note.access, auth, clock))
    try:
        if not glance.same(note.answers):
            return None
    except (TokenRefusedError, ForbiddenError, NotFoundError, MalformedAnswerError):
        return None  # the sync knows what to do about it
    plans = kept_plans(asked.folder, note, now)
    if plans is None:
        return None
    asked_for = NothingAsked(note.enriched) if note.enriched is not None else None
    return Unchanged(plans, glance.requests, enriched=asked_for)


def kept_plans(folder: Path, note: Note, now: datetime) -> tuple[Plan, ...] | None:
    """The plans a note stands for, each as one that changes nothing; None where one is lost."""
    store = PlanStore(folder / "plans")
    try:
        found = [store.get(recipe_id) for recipe_id in note.recipes]
    except StoreError:
        return None
    plans = [plan for plan in found if plan is not None]
    if len(plans) < len(note.recipes):
        return None
    return tuple(
        replace(
            plan,
            made_at=now,
            status="unchanged",
            before=plan.uris,
            diff=Diff(),
            report=_as_it_flows(plan),
            snapshot_id=note.snapshots.get(plan.recipe_id),
        )
        for plan in plans
    )


def _as_it_flows(plan: Plan) -> Mapping[str, ReportValue | Mapping[str, ReportValue]]:
    """The report of a plan whose list stands on the account: it flows there as it does here."""
    before = {name: plan.report[name] for name in _MEASURES if name in plan.report}
    stands = {name: value for name, value in before.items() if not isinstance(value, Mapping)}
    return {**plan.report, "before": stands} if stands else plan.report


def record(
    folder: Path,
    run_id: str,
    found: Unchanged,
    now: datetime,
    *,
    reason: str = "",
    planned_only: bool = False,
) -> tuple[RunRecord, ...]:
    """Write the lines of the history that such a refresh has, or a plan's one of reading."""
    ended = RunRecord(run_id, "sync", now, "done", ended_at=now, text="nothing new", reason=reason)
    lines: tuple[RunRecord, ...] = (replace(ended, requests=found.requests),)
    if not planned_only:
        lines = tuple(
            replace(
                ended,
                id=f"{run_id}-{plan.recipe_id}",
                kind="refresh",
                status="unchanged",
                recipe_id=plan.recipe_id,
                text="nothing to change",
                counts={"added": 0, "removed": 0, "moved": 0, "tracks": len(plan.after)},
            )
            for plan in found.plans
        )
    store = RunStore(folder / "runs.json")
    store.add_all(lines)
    store.close()
    return lines


def put(asked: Asked, note: Note) -> None:
    """Keep the note of a refresh, in place of the last of the same names."""
    others = {name: kept for name, kept in _notes(asked.folder).items() if name != asked.label}
    kept = [*others.items(), (asked.label, note)][-_KEPT:]
    content = _FORMAT.pack({"notes": {name: encode(each) for name, each in kept}})
    write_atomically(asked.folder / _FILE, content, keep_previous=False)


def _notes(folder: Path) -> dict[str, Note]:
    """Every note; none where the file is gone or wrong, since it is only a short cut."""
    path = folder / _FILE

    def parse(data: bytes) -> Document:
        content = _FORMAT.parse(data, path)[0].get("notes")
        if not isinstance(content, dict):
            raise ValueError("no notes in it")
        return content

    try:
        documents, _ = read_with_last_good(path, parse)
        return {
            name: decode(Note, each, path, f"note {name}")
            for name, each in (documents or {}).items()
        }
    except StoreError:
        return {}
