"""`segue learn`: learn from the user's own library; a group, with `sentiment` beside it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from segue.errors import JobError, UsageError
from segue.models.learners import SCORE_OF
from segue.names import plural
from segued.cli.call import Call, global_options, json_option, wait_option
from segued.cli.commands import Entry, LazyGroup
from segued.cli.output import print_json, progress_bar, stdout, table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from segued.learn.job import LearnOutcome
    from segued.store.models import Learned, LearnedOne

_SECTION = "Learn something else"

PARTS: dict[str, Entry] = {
    "sentiment": Entry("stages.sentiment", "Moods of lyrics, from texts people judged", _SECTION),
}


@click.pass_context
def _learn(context: click.Context, *, again: bool, wait: float, as_json: bool) -> int | None:
    """Learn and print what from, how well beside a baseline, and what will be used."""
    if context.invoked_subcommand is not None:
        return None
    from segued.learn.job import DISABLED

    call = context.ensure_object(Call)
    if not call.settings.learn.enabled:
        raise UsageError(DISABLED)
    if call.dry_run_of("learn from what is known of your library", as_json=as_json):
        return 0
    outcome = learn_in_worker(call, again=again, wait=wait)
    if as_json:
        print_json(learn_document(outcome))
    else:
        print_learned(stdout(), outcome)
    return 0


def learn_in_worker(call: Call, *, again: bool, wait: float) -> LearnOutcome:
    """Learn in a process of its own, so that torch's memory goes with it. Raises JobError."""

    from segued.config.load import read_text
    from segued.learn.job import UNCHANGED, LearnOutcome
    from segued.worker.messages import Request, run_job

    request = Request(
        kind="learn",
        names=(),
        reason="",
        config_text=read_text(call.config_file),
        config_source=str(call.config_file),
        wait_seconds=wait,
        log_level=logging.getLogger().level,
        sets=call.sets,
        by_hand=True,
        again=again,
        seed=call.seed,
        now=call.now(),
    )
    with progress_bar(quiet=call.quiet) as progress:
        ended = run_job(request, call.environ, progress)
    result = ended.results[0]
    if ended.exit_code:
        raise JobError(result.text, ended.exit_code)
    with call.state() as state:
        learned = state.models.learned()
    if learned is None:
        raise JobError("the learning ended without an outcome; run `segue learn` again", 1)
    return LearnOutcome(learned, trained=result.text != UNCHANGED)


command = LazyGroup(
    PARTS,
    name="learn",
    callback=_learn,
    invoke_without_command=True,
    help="Learn what you like and how your playlists hang together, from your own library, for "
    "[playlist.score]. Each learner is judged on parts of your data it did not see.",
    params=[
        click.Option(["--again"], is_flag=True, help="Train even if nothing changed."),
        *global_options(hidden=True),
    ],
)
wait_option(command)
json_option(command)


def learn_document(outcome: LearnOutcome) -> dict[str, object]:
    """The outcome as one JSON document."""
    learned = outcome.learned
    return {
        "schema": 1,
        "trained": outcome.trained,
        "learned_at": learned.learned_at.isoformat(),
        "seed": learned.seed,
        "fingerprint": learned.fingerprint,
        "data": dict(learned.counts),
        "learners": [
            {
                "name": learner.name,
                "used": learner.used,
                "reason": learner.reason,
                "seconds": learner.seconds,
                "held_out": None
                if learner.held_out is None
                else learner.held_out.model_dump(mode="json"),
                "notes": list(learner.notes),
                "stands_in": learner.stands_in or None,
            }
            for learner in learned.learners
        ],
    }


def print_learned(console: Console, outcome: LearnOutcome) -> None:
    """Print for people: what it was learned from, and each learner beside its baseline."""
    learned = outcome.learned
    if not outcome.trained:
        console.print("Nothing changed since the last learning; `--again` learns in any case.")
    console.print(_from(learned), markup=False)
    console.print()
    print_scores(console, learned)
    for learner in learned.learners:
        if not learner.used or not learner.better:
            verb = "is used" if learner.used else "is not used"
            text = f"{learner.name} {verb}: {learner.reason}."
            if learner.stands_in:
                text += f" In its place: {learner.stands_in}."
            console.print(text, markup=False)
    for learner in learned.learners:
        for note in learner.notes if not learner.stands_in else ():
            console.print(f"{learner.name}: {note}.", markup=False)
    console.print()
    console.print(learned_sentence(learned), markup=False)


def learned_sentence(learned: Learned) -> str:
    """In one sentence: what recipes may weigh and order by, and where baselines stand in."""
    from segue.playlists.text import listed

    names = [learner.name for learner in learned.learners if learner.used]
    used = [_asked_as(SCORE_OF[name], name) for name in names if name in SCORE_OF]
    instead = [learner.name for learner in learned.learners if learner.stands_in]
    said = [f"weigh {listed(used)} under [playlist.score]"] if used else []
    if "nextstep" in names:
        said.append('order by nextstep with method = "beam" under [playlist.sequence]')
    if "order" in names:
        said.append('order as your lists are with learn = "order" under [playlist.sequence]')
    first = f"Recipes may {listed(said)}"
    if not said:
        first = "No learner does better than its simple baseline on your library yet"
    if not instead:
        return f"{first}."
    stands = "a simple rule stands in" if len(instead) == 1 else "simple rules stand in"
    return f"{first}; for {listed(instead)} {stands}."


def _asked_as(score: str, name: str) -> str:
    return name if score == name else f"{name} (or {score})"


def print_scores(console: Console, learned: Learned) -> None:
    """Print each learner beside its baseline, and what was measured in plain words."""
    from segue.evaluation.tables import PLAIN

    console.print(_table(learned))
    metrics = (learner.held_out.metric for learner in learned.learners if learner.held_out)
    for metric in dict.fromkeys(metrics):
        console.print(f"{metric.replace('_', '-')}: {PLAIN[metric]}.", markup=False)
    if any(_forced(learner) for learner in learned.learners):
        console.print(
            "forced: no better than its baseline for certain, and used all the same, as `forced` "
            "of [learn] asks.",
            markup=False,
        )


def _table(learned: Learned) -> Table:
    """A learner a row: its held-out score, its baseline's, and whether it is used."""
    drawn = table("Learner", "Held out", "Score", "Baseline", "", "Cases", "Used", right=(2, 3, 5))
    for learner in learned.learners:
        instead = "baseline" if learner.stands_in else "no"
        used = "forced" if _forced(learner) else "yes" if learner.used else instead
        drawn.add_row(learner.name, *_scores(learner), used)
    return drawn


def _forced(learner: LearnedOne) -> bool:
    return learner.used and learner.held_out is not None and not learner.better


def _scores(learner: LearnedOne) -> tuple[str, str, str, str, str]:
    held = learner.held_out
    if held is None:
        return "", "", "", "too little data", ""
    return (
        held.metric.replace("_", "-"),
        f"{held.value:.3f}",
        f"{held.baseline_value:.3f}",
        held.baseline,
        f"{held.n:,}",
    )


def _from(learned: Learned) -> str:
    counts = learned.counts
    heard = f"{counts.get('tracks_with_features', 0):,} with features"
    played = plural(counts.get("sessions", 0), "session")
    parts = [
        f"{plural(counts.get('tracks', 0), 'track')} ({heard})",
        plural(counts.get("likes", 0), "like"),
        plural(counts.get("playlists", 0), "playlist"),
        f"{plural(counts.get('plays', 0), 'play')} in {played}",
    ]
    return f"Learned from {', '.join(parts)}."
