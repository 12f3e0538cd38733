"""`segue history` and `segue undo`: what was done, and earlier versions brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.names import plural
from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.output import print_json, shell, stdout, table
from segued.config.schedule.zone import local_time

if TYPE_CHECKING:
    from segue.playlists.library import Playlist
    from segue.recipe.recipe import Recipe
    from segued.refresh.write.operations import ApplyOutcome
    from segued.store.playlists import Binding
    from segued.store.runs import RunRecord
    from segued.store.state import State
    from segued.store.writes import Version


@click.command("history", help="List past runs; with NAME also the kept versions of that playlist.")
@click.argument("name", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=15, show_default=True)
@json_option
@pass_call
def command(call: Call, name: str | None, count: int, as_json: bool) -> None:
    """Print the latest runs, and the versions of one playlist."""
    with call.look() as run:
        state = run.state
        recipe = run.recipe(name).recipe if name else None
        names = {known.recipe.id: known.recipe.name for known in run.recipes}
        runs = state.runs.recent(count, recipe.id if recipe else None)
        binding = state.playlists.binding(recipe.id) if recipe else None
        playlist_id = binding.playlist_id if binding else None
        versions = state.versions.list(playlist_id) if playlist_id else ()
    if as_json:
        print_json(history_document(runs, versions))
    else:
        print_history(stdout(), runs, versions, names, recipe)


def history_document(runs: Sequence[RunRecord], versions: Sequence[Version]) -> dict[str, object]:
    """Runs and versions as one JSON document."""
    return {
        "schema": 1,
        "runs": [asdict(run) for run in runs],
        "versions": [
            {
                "id": version.id,
                "playlist_id": version.playlist_id,
                "taken_at": version.taken_at,
                "why": version.why,
                "run": version.run,
                "name": version.name,
                "uris": list(version.uris),
            }
            for version in versions
        ],
    }


def print_history(
    console: Console,
    runs: Sequence[RunRecord],
    versions: Sequence[Version],
    names: Mapping[str, str],
    recipe: Recipe | None,
) -> None:
    """Print runs, then versions, for people."""
    from segued.store.writes import WHY_KEPT

    if not runs:
        console.print("Nothing was done yet; `segue refresh` begins.")
    else:
        drawn = table("When", "What", "Playlist", "How it went", fixed=(0,))
        for run in runs:
            playlist = names.get(run.recipe_id or "", run.recipe_id or "")
            went = escape(run.text or run.status)
            if run.reason not in ("", "due"):
                went += escape(f" ({run.reason})")
            drawn.add_row(local_time(run.started_at), run.kind, escape(playlist), went)
        console.print(drawn)
    if recipe is None:
        return
    console.print()
    if not versions:
        console.print("No earlier version is kept yet.")
        return
    drawn = table("Version", "Taken", "Tracks", "Why", right=(2,), fixed=(0, 1))
    for version in versions:
        count = str(len(version.entries))
        drawn.add_row(
            version.id, local_time(version.taken_at), count, WHY_KEPT.get(version.why, "")
        )
    console.print(drawn)
    console.print(
        f"\n{plural(len(versions), 'version')} kept.\nNext:  segue show {shell(recipe.name)}"
        f" --version {versions[-1].id}   segue undo {shell(recipe.name)} --to {versions[-1].id}",
        soft_wrap=True,
        markup=False,
    )


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
def undo(call: Call, name: str, version_id: str | None, wait: float, as_json: bool) -> int:
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
