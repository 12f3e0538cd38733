"""What a learning found, as JSON and in words."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from segued.cli.output import plural, table
from segued.jobs.learn import LearnOutcome
from segued.store.models import Learned, LearnedOne


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
                "name": one.name,
                "used": one.used,
                "reason": one.reason,
                "seconds": one.seconds,
                "held_out": None if one.held_out is None else one.held_out.model_dump(mode="json"),
                "notes": list(one.notes),
                "stands_in": one.stands_in or None,
            }
            for one in learned.learners
        ],
    }


def print_learned(console: Console, outcome: LearnOutcome) -> None:
    """Print for people: what it was learned from, and each learner beside its baseline."""
    learned = outcome.learned
    if not outcome.trained:
        console.print("Nothing changed since the last learning; `--again` learns in any case.")
    console.print(_from(learned), markup=False)
    console.print()
    console.print(learned_table(learned))
    for one in learned.learners:
        if not one.used or not one.better:
            verb = "is used" if one.used else "is not used"
            text = f"{one.name} {verb}: {one.reason}."
            if one.stands_in:
                text += f" In its place: {one.stands_in}."
            console.print(text, markup=False)
    for one in learned.learners:
        for note in one.notes if not one.stands_in else ():
            console.print(f"{one.name}: {note}.", markup=False)
    used = [one.name for one in learned.learners if one.used]
    if used:
        console.print(f"Recipes may blend {', '.join(used)} under [playlist.score].", markup=False)


def learned_table(learned: Learned) -> Table:
    """A learner a row: its held-out score, its baseline's, and whether it is used."""
    drawn = table("Learner", "Held out", "Score", "Baseline", "", "n", "Used", right=(2, 3, 5))
    for one in learned.learners:
        forced = one.used and one.held_out is not None and not one.better
        instead = "baseline" if one.stands_in else "no"
        used = "forced" if forced else "yes" if one.used else instead
        drawn.add_row(one.name, *_scores(one), used)
    return drawn


def _scores(one: LearnedOne) -> tuple[str, str, str, str, str]:
    held = one.held_out
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
