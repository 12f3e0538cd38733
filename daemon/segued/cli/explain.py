"""`segue explain`: why each track is where it is."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("explain", help="Say why each track is there, and how each follows the last.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, name: str, as_json: bool) -> None:
    """Explain the playlist as it was last refreshed; before that, as it would be made."""
    from segue.playlists.documents import plan_document
    from segued.cli.output import print_json, stderr, stdout
    from segued.cli.plan_output import print_explanation
    from segued.cli.planning import plan_offline
    from segued.jobs.named import named_recipe

    with call.state() as state:
        plan = state.plans.get(named_recipe(call.settings, state, name).recipe.id)
    if plan is None:
        stderr().print(
            "Not refreshed yet: this is what a refresh would make of what was last read."
        )
        found = plan_offline(call, (name,), ()).refreshed[0]
        if found.error is not None:
            raise found.error
        plan = found.plan
    if as_json:
        print_json({"schema": 1, "playlists": [plan_document(plan)], "requests": {}})
    else:
        print_explanation(stdout(), plan)
