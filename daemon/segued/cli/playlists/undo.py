"""`segue undo`: bring back an earlier version of a playlist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.output import local_time, plural, print_json, shell, stdout

if TYPE_CHECKING:
    from segue.playlists.library import Playlist
    from segue.recipe.recipe import Recipe
    from segued.refresh.write.operations import ApplyOutcome
    from segued.store.playlists import Binding
    from segued.store.state import State
    from segued.store.writes import Version


@click.command("undo", help="Restore an earlier version of a playlist. Can itself be undone.")
@click.argument("name")
@click.option(
    "--to",
    "version_id",
    metavar="vN",
    help="The version to restore, from `segue history NAME`. Default: the latest that differs.",
)
@wait_option
@json_option
@pass_call
def command(call: Call, name: str, version_id: str | None, wait: float, as_json: bool) -> int:
    """Write the version back and say what was done; with --dry-run only say it."""
    from segued.refresh.undo import undo_recipe

    if call.dry_run:
        with call.look() as run:
            recipe = run.recipe(name).recipe
            binding = run.state.playlists.binding(recipe.id)
            print_undo_dry(recipe, binding, run.state, version_id, as_json=as_json)
        return 0
    call.require_app()
    with call.run("segue undo", wait) as run:
        known = run.recipe(name)
        recipe, outcome = known.recipe, undo_recipe(run, known, version_id)
        requests = run.requests
    if as_json:
        print_undo_json(recipe, outcome, requests)
    else:
        print_undo(recipe, outcome)
    return 0 if outcome.error is None else outcome.error.exit_code


def print_undo(recipe: Recipe, outcome: ApplyOutcome) -> None:
    """Print what an undo did for people."""
    console = stdout()
    words = {"changed": "undone", "unchanged": "nothing to change"}.get(outcome.status)
    console.print(f"[bold]{escape(recipe.name)}[/]  {words or outcome.status}")
    for note in outcome.notes:
        console.print(f"[yellow]note[/] {escape(note)}")
    if outcome.error is not None:
        console.print(str(outcome.error), markup=False)
    elif outcome.status == "changed":
        name = shell(recipe.name)
        console.print(f"Next:  segue show {name}   segue undo {name}", markup=False)


def print_undo_json(recipe: Recipe, outcome: ApplyOutcome, requests: Mapping[str, int]) -> None:
    """Print what an undo did as one JSON document."""
    print_json(
        {
            "schema": 1,
            "id": recipe.id,
            "name": recipe.name,
            "status": outcome.status,
            "playlist_id": outcome.playlist_id,
            "version": outcome.version_id,
            "notes": list(outcome.notes),
            "written": None if outcome.written is None else list(outcome.written),
            "error": None if outcome.error is None else str(outcome.error),
            "requests": dict(requests),
        }
    )


def print_undo_dry(
    recipe: Recipe,
    binding: Binding | None,
    state: State,
    version_id: str | None,
    *,
    as_json: bool,
) -> None:
    """Print what an undo would bring back, from what is stored; Spotify is asked nothing."""
    from segue.playlists.build import diff

    found = would_bring_back(binding, state, version_id)
    if isinstance(found, str):
        if as_json:
            document: dict[str, object] = {"schema": 1, "id": recipe.id, "name": recipe.name}
            print_json(document | {"status": "unchanged", "notes": [found], "requests": {}})
        else:
            stdout().print(f"{recipe.name}: {found}", markup=False)
        return
    playlist, version = found
    change = diff(playlist.uris if playlist else (), version.uris)
    if as_json:
        changes = {"added": change.added, "removed": change.removed, "moved": change.moved}
        print_json(
            {
                "schema": 1,
                "id": recipe.id,
                "name": recipe.name,
                "status": "unchanged" if change.empty else "changed",
                "playlist_id": version.playlist_id,
                "version": version.id,
                "diff": changes,
                "requests": {},
            }
        )
        return
    stdout().print(
        f"Would bring back {version.id} of {local_time(version.taken_at)}:"
        f" {plural(len(version.entries), 'track')}, +{len(change.added)},"
        f" −{len(change.removed)}, {change.moved} moved.",
        markup=False,
    )


def would_bring_back(
    binding: Binding | None, state: State, version_id: str | None
) -> tuple[Playlist | None, Version] | str:
    """The playlist as last read and the version an undo brings back, or why there is none."""
    from segued.refresh.undo import NOT_MADE, NOTHING_TO_UNDO

    if binding is None or binding.playlist_id is None:
        return NOT_MADE
    playlist = state.playlists.playlist(binding.playlist_id)
    if version_id is not None:
        return playlist, state.versions.get(binding.playlist_id, version_id)
    before = playlist.uris if playlist else ()
    for version in state.versions.list(binding.playlist_id):
        if version.entries and version.uris != before:
            return playlist, version
    return NOTHING_TO_UNDO
