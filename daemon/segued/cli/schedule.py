"""`segue schedule`: when each playlist is due next."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("schedule", help="Show when playlists are due next, in local time.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--count", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, names: tuple[str, ...], count: int, as_json: bool) -> None:
    """Print the next runs of all chosen playlists together, soonest first."""
    from segued.cli.output import ago, local_time, print_json, stdout
    from segued.cli.tables import table
    from segued.config.schedule import next_runs
    from segued.config.select import select_recipes

    settings, now = call.settings, call.now()
    chosen = {recipe.id: recipe.name for recipe in select_recipes(settings.playlists, names)}
    schedules = {key: settings.schedules[key] for key in chosen if key in settings.schedules}
    runs = next_runs(schedules, now, count)
    unscheduled = [name for key, name in chosen.items() if key not in schedules]
    if as_json:
        found = [{"id": key, "name": chosen[key], "due": due} for due, key in runs]
        print_json({"schema": 1, "now": now, "runs": found, "by_hand": unscheduled})
        return
    console = stdout()
    if runs:
        drawn = table("When", "", "Playlist", "Schedule", fixed=(0, 1))
        for due, key in runs:
            drawn.add_row(local_time(due), ago(due, now), chosen[key], schedules[key].text)
        console.print(drawn)
    if unscheduled:
        console.print(f"By hand only: {', '.join(unscheduled)}.", markup=False)
