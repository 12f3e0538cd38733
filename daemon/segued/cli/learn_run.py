"""What `segue learn` does: learn, print, or say why nothing is learned."""

from __future__ import annotations

from segue.errors import UsageError
from segued.cli.call import Call
from segued.cli.learn_output import learn_document, print_learned
from segued.cli.output import print_json, stdout
from segued.cli.progress import progress_bar
from segued.jobs.learn_run import DISABLED, run_learn
from segued.store.lock import writer_lock


def learn(call: Call, *, again: bool, wait: float, as_json: bool) -> int:
    """Learn in a process of its own and print what became of each learner."""
    settings = call.settings
    if call.dry_run:
        raise UsageError("learning changes nothing on the account; there is no dry run")
    if not settings.learn.enabled:
        raise UsageError(DISABLED)
    with (
        writer_lock(call.state_folder, "segue learn", wait),
        call.state() as state,
        progress_bar(quiet=call.quiet) as progress,
    ):
        outcome = run_learn(
            settings,
            state,
            clock=call.now,
            progress=progress,
            seed=call.seed or 0,
            again=again,
        )
    if as_json:
        print_json(learn_document(outcome))
    else:
        print_learned(stdout(), outcome)
    return 0
