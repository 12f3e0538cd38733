"""`segue schedule`: when each playlist is due next."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("schedule", help="Show when playlists, `sync`, `enrich` and `learn` are due next.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--count", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, names: tuple[str, ...], count: int, as_json: bool) -> None:
    """Print the next runs, soonest first: playlists' for no name, and what is paused."""
    from segued.cli.output import ago, local_time, print_json, stdout
    from segued.cli.schedule_names import chosen_schedules
    from segued.cli.tables import table
    from segued.config.schedule import next_runs

    now = call.now()
    chosen, by_hand = chosen_schedules(call.settings, names)
    with call.state() as state:
        states = state.schedules.all()
    paused = {key for key in chosen if key in states and states[key].paused_at is not None}
    runs = next_runs(
        {key: timed.schedule for key, timed in chosen.items() if key not in paused}, now, count
    )
    if as_json:
        found = [
            {"id": chosen[key].recipe_id or key, "name": chosen[key].name, "due": due}
            for due, key in runs
        ]
        held = [chosen[key].name for key in chosen if key in paused]
        document = {"schema": 1, "now": now, "runs": found, "by_hand": by_hand, "paused": held}
        print_json(document)
        return
    console = stdout()
    if runs:
        drawn = table("When", "", "Playlist", "Schedule", fixed=(0, 1))
        for due, key in runs:
            timed = chosen[key]
            drawn.add_row(local_time(due), ago(due, now), timed.name, timed.schedule.text)
        console.print(drawn)
    if paused:
        held_names = ", ".join(chosen[key].name for key in chosen if key in paused)
        console.print(f"Paused: {held_names}.", markup=False)
    if by_hand:
        console.print(f"By hand only: {', '.join(by_hand)}.", markup=False)
