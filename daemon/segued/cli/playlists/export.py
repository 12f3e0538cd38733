"""`segue export`: playlists as files that other players read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.errors import MissingError, UsageError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import plural, print_json, stdout

if TYPE_CHECKING:
    from segue.exchange import Format
    from segue.playlists.library import Playlist
    from segued.run import Run

_FORMATS = ("m3u8", "jspf", "xspf", "csv")


@click.command(
    "export",
    help="Write playlists as files, as they were last read: M3U8 for Navidrome and other players,"
    " JSPF and XSPF for ListenBrainz and its like, CSV for tables. With a folder of your own files"
    " ([features] audio_folder) M3U8 names those. Makes no request.",
)
@click.argument("names", nargs=-1, metavar="[PLAYLIST]...")
@click.option("--all", "everything", is_flag=True, help="Every playlist that was read.")
@click.option(
    "--format", "formats", type=click.Choice(_FORMATS), multiple=True, help="May be repeated."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to write; here by default.",
)
@json_option
@pass_call
def command(
    call: Call,
    names: tuple[str, ...],
    everything: bool,
    formats: tuple[Format, ...],
    folder: Path,
    as_json: bool,
) -> None:
    """Write the files, and say which."""
    from segued.exports import export

    if bool(names) == everything:
        raise UsageError("name the playlists to export, or say --all")
    with call.look() as run:
        done = export(run, _chosen(run, names), folder, formats or ("m3u8",))
    if as_json:
        rows = [
            {"playlist": e.playlist, "path": str(e.path), "songs": e.songs, "changed": e.changed}
            for e in done
        ]
        print_json({"schema": 1, "exports": rows})
        return
    for each in done:
        state = "" if each.changed else ", as it was"
        line = f"{each.path}: {plural(each.songs, 'song')}{state}"
        stdout().print(line, markup=False, soft_wrap=True)


def _chosen(run: Run, names: tuple[str, ...]) -> list[Playlist]:
    from segue.playlists.inventory import find_playlist

    inventory = run.inventory()
    if not names:
        return list(inventory.playlists.values())
    found = [find_playlist(name, inventory) for name in names]
    missing = [each for each in found if isinstance(each, str)]
    if missing:
        raise MissingError("; ".join(missing))
    return [each for each in found if not isinstance(each, str)]
