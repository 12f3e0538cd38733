"""`segue show`: a playlist as it stands, or one of its kept versions."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call


@click.command("show", help="Show a playlist as it was last read, or a kept version of it.")
@click.argument("name")
@click.option("--version", "version_id", metavar="vN", help="A version of `segue history NAME`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(call: Call, name: str, version_id: str | None, as_json: bool) -> None:
    """Print the tracks of a playlist in order."""
    from segue.errors import UsageError
    from segued.cli.output import print_json, stdout
    from segued.cli.show_output import entries_document, print_entries
    from segued.jobs.named import named_binding

    with call.state() as state:
        found, binding = named_binding(call.settings, state, name)
        recipe = found.recipe
        if binding is None or binding.playlist_id is None:
            raise UsageError(
                f"{recipe.name} has not been made yet; `segue plan` shows what it will be"
            )
        if version_id is not None:
            version = state.versions.get(binding.playlist_id, version_id)
            title, entries = f"{version.name}, {version.id}", version.entries
        else:
            playlist = state.playlists.playlist(binding.playlist_id)
            if playlist is None:
                raise UsageError(f"{recipe.name} has not been read yet; run `segue sync`")
            title, entries = playlist.summary.name, playlist.entries
    if as_json:
        print_json(entries_document(title, binding.playlist_id, entries))
    else:
        print_entries(stdout(), title, entries)
