"""Runs and versions, as JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from segue.playlists.recipe import Recipe
from segued.cli.output import local_time, plural
from segued.cli.status_output import run_document
from segued.cli.tables import table
from segued.store.runs import RunRecord
from segued.store.versions import Version

_WHY = {
    "before": "before a refresh",
    "after": "after a refresh",
    "edited": "edited meanwhile",
    "restored": "after a failed write",
    "undo": "before an undo",
    "undone": "after an undo",
}


def history_document(runs: Sequence[RunRecord], versions: Sequence[Version]) -> dict[str, object]:
    """Runs and versions as one JSON document."""
    return {
        "schema": 1,
        "runs": [run_document(run) for run in runs],
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
        drawn.add_row(version.id, local_time(version.taken_at), count, _WHY.get(version.why, ""))
    console.print(drawn)
    console.print(
        f"\n{plural(len(versions), 'version')} kept.\nNext:  segue show {shell(recipe.name)}"
        f" --version {versions[-1].id}   segue undo {shell(recipe.name)} --to {versions[-1].id}",
        soft_wrap=True,
        markup=False,
    )


def shell(name: str) -> str:
    """A name as it is typed in a shell."""
    import shlex

    return shlex.quote(name)
