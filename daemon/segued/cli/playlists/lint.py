"""`segue lint`: how well any playlist flows, and what stands in it twice or cannot be played."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import MissingError
from segue.names import name_key, plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import play_length, print_json, stdout
from segued.cli.playlists.planned import print_report

if TYPE_CHECKING:
    from segue.playlists.build import Judgement
    from segue.playlists.library import Playlist, PlaylistEntry
    from segue.recipe.sections import SequenceSettings
    from segued.run import Run


@click.command(
    "lint",
    help="Judge any playlist of your account as it stands: how its tracks follow each other, its"
    " worst transitions, songs that stand in it twice, rows that cannot be played. Makes no"
    " request and changes nothing.",
)
@click.argument("playlist")
@click.option(
    "--worst",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many transitions to name.",
)
@json_option
@pass_call
def command(call: Call, playlist: str, worst: int, as_json: bool) -> None:
    """Print what is found of a playlist, the worst first."""
    from segue.playlists.build import judge

    with call.look() as run:
        found, wanted = _playlist(run, playlist)
        judged = judge(found, run.inventory(), wanted, run.seed or 0)
    if as_json:
        print_json(_document(found, judged, worst))
    else:
        _print_judged(stdout(), found, judged, worst)


def _playlist(run: Run, name: str) -> tuple[Playlist, SequenceSettings]:
    """A playlist by name, id or link, or that of a recipe, and how it is meant to be ordered."""
    from segue.playlists.inventory import find_playlist
    from segue.recipe.sections import SequenceSettings

    inventory = run.inventory()
    for known in run.recipes:
        bound = inventory.playlists.get(inventory.recipe_playlists.get(known.recipe.id, ""))
        names = (known.configured_id, known.recipe.id, known.recipe.name)
        if bound is not None and name_key(name) in map(name_key, (*names, bound.summary.id)):
            return bound, known.recipe.sequence
    found = find_playlist(name, inventory)
    if isinstance(found, str):
        raise MissingError(f"{found}; `segue list` shows those there are")
    return found, SequenceSettings()


def _print_judged(console: Console, playlist: Playlist, judged: Judgement, worst: int) -> None:
    from segue.playlists.build import WORDS
    from segued.inventory.identity import mark_in

    tracks = [entry.track for entry in playlist.entries if entry.track is not None]
    length = play_length(sum(track.duration_ms for track in tracks))
    name = escape(playlist.summary.name)
    console.print(f"[bold]{name}[/]: {plural(len(playlist.entries), 'row')}, {length}")
    print_report(console, judged.report)
    clashes, of = len(judged.clashes), plural(len(judged.known), "transition")
    said = f"In {clashes} of {of} key or tempo clash" if judged.known else ""
    if unknown := len(judged.joins) - len(judged.known):
        said += f"{'; of ' if said else 'Of '}{unknown} more nothing is known"
    if said:
        console.print(f"\n{said}." + (" The worst:" if judged.known[:worst] else ""))
    for join in judged.known[:worst]:
        console.print(f"{join.row - 1:>4}  {_named(join.before)}", no_wrap=True)
        console.print(f"      [dim]↓ {escape(join.transition.text)}[/]", no_wrap=True)
        console.print(f"{join.row:>4}  {_named(join.after)}", no_wrap=True)
    for copies in judged.copies:
        kind = "The same song" if copies.same else "The same recording, released more than once,"
        rows = ", ".join(map(str, copies.rows))
        console.print(f"{kind} in rows {rows}: {_named(copies.entries[0])}", soft_wrap=True)
    for row, entry, trouble in judged.unplayable:
        console.print(f"Row {row}, {_named(entry)}: {WORDS[trouble]}", soft_wrap=True)
    if not judged.copies and not judged.unplayable:
        console.print("\nNo song stands in it twice, and every row can be played.")
    if judged.clashes and mark_in(playlist.summary.description) is None:
        source = json.dumps(f"playlist:{playlist.summary.name}", ensure_ascii=False)
        line = f"A recipe with from = {source} makes a list of these songs in order."
        console.print(line, markup=False, soft_wrap=True)


def _named(entry: PlaylistEntry) -> str:
    artist = f", {entry.track.artist_line}" if entry.track is not None else ""
    return escape(f"{entry.title or '(no title)'}{artist}")


def _document(playlist: Playlist, judged: Judgement, worst: int) -> dict[str, object]:
    """{"schema", "name", "playlist_id", "rows", "clashes", "worst", "copies", "unplayable",
    "report"}; rows count from 1."""
    return {
        "schema": 1,
        "name": playlist.summary.name,
        "playlist_id": playlist.summary.id,
        "rows": len(playlist.entries),
        "clashes": len(judged.clashes),
        "worst": [
            {"row": j.row, "before": j.before.uri, "after": j.after.uri,
             "cost": j.transition.cost, "key": j.transition.key, "tempo": j.transition.tempo,
             "text": j.transition.text}
            for j in judged.known[:worst]
        ],
        "copies": [
            {"rows": list(c.rows), "uris": [entry.uri for entry in c.entries], "same": c.same}
            for c in judged.copies
        ],
        "unplayable": [
            {"row": row, "uri": entry.uri, "title": entry.title, "why": trouble}
            for row, entry, trouble in judged.unplayable
        ],
        "report": judged.report,
    }  # fmt: skip
