"""Learning as a run: each learner is judged on held-out parts of the user's data and fitted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from segue.errors import NotEnoughDataError, SegueError, UsageError, is_out_of_memory
from segue.models.data import TrainingData
from segue.models.learners import FURTHER, LEARNERS, READABLE, code_digest, data_digest
from segue.models.saving import CardScore, ModelCard, PackedModel, pack
from segue.models.scorer import HeldOut, Learner, Scorer
from segue.music.features import library_scaling
from segue.playlists.heard import passed_over
from segue.playlists.listening import training_data
from segue.progress import Progress
from segued.config.schema import Settings
from segued.config.sections import LearnSection
from segued.inventory.identity import read_heard_lists, reordered_lists
from segued.inventory.reading import (
    choice_of,
    known_key,
    read_imported,
    read_inventory,
    read_listening,
    sound_key,
)
from segued.run import Run
from segued.store.models import Learned, LearnedOne
from segued.store.state import State

DISABLED = (
    "learning is switched off: set enabled = true under [learn] in the configuration and run "
    "`segue learn`"
)


def run_learn(run: Run, *, again: bool = False) -> LearnOutcome:
    """Learn and record the run. The caller holds the writer's lock.

    Raises UsageError where learning is switched off or nothing was synced yet, and SegueError
    where memory ran out; what was learned before stays.
    """
    section = run.settings.learn
    if not section.enabled:
        raise UsageError(DISABLED)
    run.inventory()  # says at once where nothing was synced
    with run.recorded("learn") as record:
        with enough_memory(section.memory_mib):
            outcome = learn(run, again=again)
        record.text = text_of(outcome)
        learners = outcome.learned.learners
        record.counts = {
            "used": sum(learner.used for learner in learners),
            "learners": len(learners),
        }
    return outcome


@contextmanager
def enough_memory(memory_mib: int) -> Iterator[None]:
    """Let a lack of memory inside be a SegueError that names the setting which bounds it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise SegueError(
            f"{memory_mib} MiB of memory were not enough to learn: raise memory_mib in [learn], or "
            "lower practice_lists; what was learned before stays"
        ) from error


def due(settings: Settings, state: State, now: datetime) -> bool:
    """Whether it is time to learn: never done, or `[learn] every` is over."""
    if not settings.learn.enabled:
        return False
    learned = state.models.learned()
    every = timedelta(seconds=settings.learn.every)
    return learned is None or abs(now - learned.learned_at) >= every


MANY_TRACKS = 20_000
"""From this many tracks on, several threads are faster than one."""


def learn(run: Run, *, again: bool = False) -> LearnOutcome:
    """Learn from what the state knows and save it, unless nothing changed since the last time.

    A learner is judged and fitted again only where what it reads of the data, its settings or the
    code changed. `again` learns in any case. The caller holds the writer's lock. Raises UsageError
    where nothing was synced yet.
    """
    section, state, seed = run.settings.learn, run.state, run.seed or 0
    data = known_data(run.settings, state)
    mark = fingerprint(data, section, seed)
    before = state.models.learned()
    if before is not None and before.fingerprint == mark and not again:
        return LearnOutcome(before, trained=False)
    now, progress = run.clock(), run.progress
    results: list[LearnedOne] = []
    with _threads_for(len(data.vocabulary)):
        names = [name for name in LEARNERS if name in section.learners]
        for name in names:
            progress("learning", len(results), len(names))
            known = mark_of(name, data, section, seed)
            kept = None if again or before is None else before.one(name)
            if kept is not None and kept.mark == known and _still_there(kept, state):
                results.append(kept)
                continue
            result, packed = train_one(name, data, section, seed=seed, now=now, progress=progress)
            results.append(replace(result, mark=known))
            if packed is None:
                state.models.drop(name)
            else:
                state.models.put(name, packed)
    learned = Learned(
        fingerprint=mark,
        learned_at=now,
        seed=seed,
        counts=data.counts(),
        learners=tuple(results),
        scaling=library_scaling(data.tracks.abstract).document(),
    )
    state.models.set_learned(learned)
    return LearnOutcome(learned, trained=True)


def _still_there(kept: LearnedOne, state: State) -> bool:
    """Whether the model that a learning saved, if it saved one, is there undamaged."""
    return not kept.saved or bool(state.models.mark(kept.name))


def train_one(
    name: str,
    data: TrainingData,
    section: LearnSection,
    *,
    seed: int,
    now: datetime,
    progress: Progress,
) -> tuple[LearnedOne, PackedModel | None]:
    """Judge and fit one learner; where it does no better or cannot learn, its simple baseline.

    Without a model, not even that baseline could be had: nothing could be distinguished.
    """
    began = time.monotonic()
    learner = LEARNERS[name].learner(section.effort, section.practice_lists)
    device = device_of(section.device)
    named = _named(name, progress)
    held_out: HeldOut | None = None
    scorer: Scorer | None = None
    try:
        held_out = learner.assess(data, seed=seed, device=device, progress=named)
        used, reason = _verdict(name, held_out, section)
        if used:
            scorer = learner.fit(data, seed=seed, device=device, progress=named)
    except NotEnoughDataError as error:
        used, reason = False, str(error)
    if scorer is None:
        scorer = _baseline(learner, data, reason)
    result = LearnedOne(
        name=name,
        used=used,
        reason=reason,
        saved=scorer is not None,
        seconds=round(time.monotonic() - began, 1),
        held_out=None if held_out is None else CardScore.of(held_out),
        notes=() if scorer is None else tuple(scorer.notes),
        stands_in=_label(scorer, name) if scorer is not None and not used else "",
    )
    if scorer is None:
        return result, None
    card = ModelCard(
        name=name,
        seed=seed,
        trained_at=now,
        data=data.counts(),
        held_out=result.held_out,
        used=used,
        reason=reason,
        stands_in=result.stands_in,
    )
    return result, pack(scorer, card)


def _baseline(learner: Learner, data: TrainingData, why: str) -> Scorer | None:
    try:
        return learner.stand_in(data, why)
    except NotEnoughDataError:
        return None


def _label(baseline: Scorer, name: str) -> str:
    """What a baseline goes by, in words: a learner may have several to choose from."""
    return str(baseline.config().get("baseline", LEARNERS[name].baseline))


@contextmanager
def _threads_for(tracks: int) -> Iterator[None]:
    """One thread for a small library: on small arrays several wait for each other, and more so
    where other processes want the cores too."""
    if tracks >= MANY_TRACKS:
        yield
        return
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def device_of(wanted: str) -> str:
    """The device that is meant: "auto" is a GPU where torch finds one."""
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _verdict(name: str, held_out: HeldOut, section: LearnSection) -> tuple[bool, str]:
    if held_out.beats_baseline:
        return True, f"better than {held_out.baseline}"
    if name in section.forced:
        return True, f"no better than {held_out.baseline} for certain, but forced"
    why = f"; {held_out.note}" if held_out.note else ""
    return False, f"no better than {held_out.baseline} for certain{why}"


def _named(name: str, progress: Progress) -> Progress:
    return lambda stage, done, total: progress(f"{name}: {stage}", done, total)


@dataclass(frozen=True, slots=True)
class LearnOutcome:
    """What is learned now; `trained` is False where nothing had changed since `learned`."""

    learned: Learned
    trained: bool


UNCHANGED = "nothing changed since the last learning"


def text_of(outcome: LearnOutcome) -> str:
    """A learning in one line, for the history."""
    if not outcome.trained:
        return UNCHANGED
    learners = outcome.learned.learners
    used = [learner.name for learner in learners if learner.used]
    instead = [learner.name for learner in learners if learner.stands_in]
    out = [learner.name for learner in learners if not learner.used and not learner.stands_in]
    parts = [f"used: {', '.join(used) or 'none'}"]
    parts += [f"baselines in place of: {', '.join(instead)}"] if instead else []
    parts += [f"left out: {', '.join(out)}"] if out else []
    return "; ".join(parts)


def known_data(settings: Settings, state: State) -> TrainingData:
    """What there is to learn from: the user's lists without Segue's own, likes, plays, tracks.

    Vectors are those of the configured encoders. Raises UsageError where nothing was synced yet.
    """
    encoder, sound = known_key(choice_of(settings), state), sound_key(settings, state)
    known = state.playlists.bindings()
    inventory = read_inventory(state, (), {}, encoder, sound=sound)
    made = {recipe: binding.playlist_id for recipe, binding in known.items() if binding.playlist_id}
    out = {recipe: frozenset(binding.kept_out) for recipe, binding in known.items()}
    heard = read_heard_lists(state, known, {}, read_imported(state, inventory.tracks))
    inventory = replace(inventory, recipe_playlists=made, kept_out=out)
    passed = tuple(passed_over(chain.from_iterable(heard.values())))
    data = training_data(inventory, read_listening(state, inventory.tracks), passed)
    moved = tuple(reordered_lists(known, inventory.playlists, data.vocabulary))
    return replace(data, reordered=moved, encoder="+".join(key for key in (encoder, sound) if key))


def fingerprint(data: TrainingData, section: LearnSection, seed: int) -> str:
    """A digest of everything that decides what is learned."""
    settings = section.model_dump(include={"learners", "forced", "effort", "practice_lists"})
    return data_digest(data, READABLE, (code_digest(*FURTHER), seed, sorted(settings.items())))


def mark_of(name: str, data: TrainingData, section: LearnSection, seed: int) -> str:
    """A digest of everything that decides what one learner learns and whether it is used."""
    spec = LEARNERS[name]
    settings = (code_digest(*spec.code), seed, name, name in section.forced, section.effort)
    bound = section.practice_lists if spec.practises else None
    return data_digest(data, spec.reads, (*settings, bound))
