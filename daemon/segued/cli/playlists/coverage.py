"""`segue coverage`: how the plan of `[coverage]` stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import local_time, plural, print_json, stdout, table

if TYPE_CHECKING:
    from segue.playlists.coverage import Dealt, Song
    from segued.run import Run

_NAMED = 5
"""How many songs of a kind `segue coverage` names; `--json` has all."""


@click.command(
    "coverage",
    help="Show how the plan of [coverage] stands: which liked songs are in a list now, when the"
    " others return, and which cannot. Makes no request.",
)
@json_option
@pass_call
def command(call: Call, as_json: bool) -> None:
    """Print the plan over all playlists."""
    from segued.refresh.covering import dealt_out

    with call.look() as run:
        if run.settings.coverage.of is None:
            raise UsageError(
                'there is no plan over your playlists; write [coverage] with of = "liked" and '
                'within = "6 months" into the configuration'
            )
        dealt = dealt_out(run, run.inventory())
        if dealt is None:
            raise UsageError("what [never] keeps out cannot be read; `segue plan` says why")
        print_json(_document(run, dealt)) if as_json else _print(stdout(), run, dealt)


def _parted(dealt: Dealt) -> tuple[list[Song], list[Song], list[Song], list[Song]]:
    """The songs that are in a list, return in time, return late, and cannot return."""
    away = [song for song in dealt.songs if not song.standing]
    return (
        [song for song in dealt.songs if song.standing],
        [song for song in away if song.in_time],
        [song for song in away if song.at is not None and not song.in_time],
        [song for song in away if song.at is None],
    )


def _print(console: Console, run: Run, dealt: Dealt) -> None:
    from segue.playlists.text import span

    standing, in_time, late, nowhere = _parted(dealt)
    songs, within = len(dealt.songs), span(run.settings.coverage.within / 86_400)
    console.print(f"[bold]{plural(songs, 'liked song')}[/], each within {within}:")
    last = max((song.at for song in in_time if song.at), default=None)
    until = f", the last on {local_time(last)}" if last else ""
    console.print(f"{len(standing):>7,} in a list now")
    console.print(f"{len(in_time):>7,} return in time{until}")
    console.print(f"{len(late):>7,} return late{_titles(run, late)}")
    console.print(f"{len(nowhere):>7,} can be in no list{_titles(run, nowhere)}")
    if left_out := len(run.inventory().liked) - songs:
        console.print(f"{left_out:>7,} more cannot be played, or are kept out by [never]")
    drawn = table("List", "Likes it can take", "Places", "Dealt to it now", fixed=(1, 2, 3))
    for each in dealt.takers:
        numbers = len(each.takes), each.places, len(dealt.coverage.due[each.recipe.id])
        drawn.add_row(escape(each.recipe.name), *(f"{number:,}" for number in numbers))
    console.print(drawn)


def _titles(run: Run, songs: list[Song]) -> str:
    tracks = run.inventory().tracks
    shown = [f"“{escape(tracks[song.track_id].title)}”" for song in songs[:_NAMED]]
    more = [f"{len(songs) - _NAMED:,} more"] if len(songs) > _NAMED else []
    return f": {', '.join([*shown, *more])}" if shown else ""


def _document(run: Run, dealt: Dealt) -> dict[str, object]:
    """{"schema", "within_days", "liked", "standing", "in_time", "late", "nowhere", "left_out",
    "lists"}; `late` and `nowhere` are songs, the most urgent first."""
    standing, in_time, late, nowhere = _parted(dealt)

    tracks = run.inventory().tracks

    def songs(found: list[Song]) -> list[dict[str, object]]:
        return [
            {"uri": tracks[song.track_id].uri, "title": tracks[song.track_id].title,
             "last": song.last.isoformat() if song.last else None, "by": song.by.isoformat(),
             "at": song.at.isoformat() if song.at else None}
            for song in found
        ]  # fmt: skip

    return {
        "schema": 1,
        "within_days": run.settings.coverage.within / 86_400,
        "liked": len(dealt.songs),
        "standing": len(standing),
        "in_time": len(in_time),
        "late": songs(late),
        "nowhere": songs(nowhere),
        "left_out": len(run.inventory().liked) - len(dealt.songs),
        "lists": [
            {"id": each.recipe.id, "name": each.recipe.name, "takes": len(each.takes),
             "places": each.places, "due": list(dealt.coverage.due[each.recipe.id])}
            for each in dealt.takers
        ],
    }  # fmt: skip
