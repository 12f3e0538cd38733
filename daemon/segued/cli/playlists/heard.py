"""`segue heard` and `segue lint`: what was heard of a playlist, and how well it flows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import MissingError, UsageError
from segue.names import name_key, plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import local_time, play_length, print_json, stdout, table
from segued.cli.playlists.planned import print_report

if TYPE_CHECKING:
    from segue.playlists.build import Judgement
    from segue.playlists.heard import HeardVersion, Sitting
    from segue.playlists.library import Playlist, PlaylistEntry
    from segue.recipe.sections import SequenceSettings
    from segued.run import Run
    from segued.status.coverage import HeardPlaylist

_SHOWN = 12
"""How many rows of one sitting are printed; `--json` has all."""


@click.command("heard", help="Show what was heard of a playlist, in which order and how far.")
@click.argument("name")
@json_option
@pass_call
def command(call: Call, name: str, as_json: bool) -> None:
    """Print the sittings with each kept version of a playlist."""
    from segued.status.coverage import heard_document, read_heard

    with call.look() as run:
        recipe = run.recipe(name).recipe
        binding = run.state.playlists.binding(recipe.id)
        if binding is None or binding.playlist_id is None:
            raise UsageError(
                f"{recipe.name} has not been made yet; `segue plan` shows what it will be"
            )
        heard = read_heard(run.state, binding.playlist_id)
    if as_json:
        print_json(heard_document(heard))
    else:
        print_heard(stdout(), recipe.name, heard)


def print_heard(console: Console, name: str, heard: HeardPlaylist) -> None:
    """Print for people: a line for each sitting, and what no play shows."""
    if heard.since is None:
        console.print(
            "It is not known yet what any play was played from; each sync reads the latest 50."
        )
        return
    console.print(f"Known since {local_time(heard.since)}: {escape(name)}")
    versions = [each for each in heard.versions if each.sittings]
    if not versions:
        console.print("No play of this playlist is known since then, which may mean nothing.")
    for version in versions:
        _print_version(console, version)
    if versions:
        console.print(
            "Plays under 30 seconds never show: a row that is not listed may have been skipped "
            "early, jumped past, or never reached."
        )


def _print_version(console: Console, version: HeardVersion) -> None:
    rows = len(version.listed.track_ids)
    touched = sum(count > 0 for count in version.plays)
    console.print(
        f"\n[bold]{version.listed.id}[/] of {local_time(version.listed.taken_at)}: "
        f"{plural(sum(version.plays), 'play')} of {touched} of {plural(rows, 'track')}, "
        f"{plural(sum(version.skips), 'skip')} known, "
        f"{plural(len(version.liked_after), 'track')} liked after"
    )
    drawn = table("Began", "Order", "Reached", "Passed over", "Rows heard", fixed=(0,))
    for sitting in version.sittings:
        drawn.add_row(
            local_time(sitting.began), _order(sitting), _reached(sitting, rows),
            str(len(sitting.passed)) if sitting.shuffled is False else "", _rows(sitting),
        )  # fmt: skip
    console.print(drawn)


def _order(sitting: Sitting) -> str:
    return {True: "shuffled", False: "in order", None: "cannot tell"}[sitting.shuffled]


def _reached(sitting: Sitting, rows: int) -> str:
    if sitting.reached is None:
        return ""
    return f"{round(sitting.reached * rows)} of {rows}"


def _rows(sitting: Sitting) -> str:
    shown = [f"{play.row + 1}{' skipped' if play.skipped else ''}" for play in sitting.plays]
    rest = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + rest


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
def lint(call: Call, playlist: str, worst: int, as_json: bool) -> None:
    """Print what is found of a playlist, the worst first."""
    from segue.playlists.build import judge

    with call.look() as run:
        found, wanted = _playlist(run, playlist)
        judged = judge(found, run.inventory(), wanted, run.seed or 0)
    if as_json:
        print_json(_judged_document(found, judged, worst))
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


def _judged_document(playlist: Playlist, judged: Judgement, worst: int) -> dict[str, object]:
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
