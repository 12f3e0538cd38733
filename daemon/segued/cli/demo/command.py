"""`segue demo`: the whole main job on a made-up account, offline, without credentials."""

from __future__ import annotations

from pathlib import Path

import click

from segued.cli.call import Call, pass_call


@click.command(
    "demo",
    help="Refresh four playlists of a made-up account on this machine: log in, read the account, "
    "learn what its tracks sound like, plan, write. Run it again: nothing changes.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("segue-demo"),
    show_default=True,
    help="Where the account, the state and the pictures are kept.",
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV of real tracks and playlists, plain or gzip.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, folder: Path, catalogue: Path | None, as_json: bool) -> int:
    """Run the demo and print what it did and what to type next."""
    from segued.cli.demo.run import demo

    return demo(call, folder, catalogue, as_json=as_json)
