"""The options that `plan` and `refresh` share."""

from __future__ import annotations

import click

ALLOWED = ("min_tracks", "max_shrink")

names_argument = click.argument("names", nargs=-1, metavar="[NAME]...")
allow_option = click.option(
    "--allow",
    multiple=True,
    type=click.Choice(ALLOWED),
    help="Set a guard aside this once; may be repeated.",
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help="How long to wait while another command writes.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
