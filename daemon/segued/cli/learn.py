"""`segue learn`: learn from the user's own library; a group, with `sentiment` beside it."""

from __future__ import annotations

import click

from segued.cli.call import Call
from segued.cli.commands import Entry
from segued.cli.lazy import LazyGroup
from segued.cli.options import global_options, json_option, wait_option

_SECTION = "Learn something else"

PARTS: dict[str, Entry] = {
    "sentiment": Entry("learn_sentiment", "Moods of lyrics, from texts people judged", _SECTION),
}


@click.pass_context
def _learn(context: click.Context, *, again: bool, wait: float, as_json: bool) -> int | None:
    """Learn and print what from, how well beside a baseline, and what will be used."""
    if context.invoked_subcommand is not None:
        return None
    from segued.cli.learn_run import learn

    return learn(context.ensure_object(Call), again=again, wait=wait, as_json=as_json)


command = LazyGroup(
    PARTS,
    name="learn",
    callback=_learn,
    invoke_without_command=True,
    help="Learn what you like and how your playlists hang together, from your own library, for "
    "[playlist.score]. Each learner is judged on parts of your data it did not see.",
    params=[
        click.Option(["--again"], is_flag=True, help="Learn even where nothing changed."),
        *global_options(hidden=True),
    ],
)
wait_option(command)
json_option(command)
