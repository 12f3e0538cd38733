"""Where likes are: `segue coverage`, how the plan of `[coverage]` stands, and `segue inbox`, which
playlists new likes belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.names import plural
from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.output import ago, print_json, stdout, table
from segued.config.schedule.zone import local_time

if TYPE_CHECKING:
    from segue.playlists.coverage import Dealt, Song
    from segue.playlists.inbox import Fit, Inbox
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
    from segued.refresh.likes import dealt_out

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


@click.group(
    "inbox",
    invoke_without_command=True,
    help="List the likes that are in no playlist of yours, each with the playlist it fits best."
    " Makes no request; nothing is added before `segue inbox take`.",
)
@click.option(
    "--days",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    help="How many days back to look for likes.",
)
@wait_option
@json_option
@pass_call
@click.pass_context
def inbox(ctx: click.Context, call: Call, days: float, wait: float, as_json: bool) -> None:
    """List the proposals, and keep their numbers; with --dry-run without keeping them."""
    if ctx.invoked_subcommand is not None:
        return
    from segued.refresh.likes import open_inbox, remember_listing

    with call.look() if call.dry_run else call.run("segue inbox", wait) as run:
        found = open_inbox(run, days)
        if not call.dry_run:
            remember_listing(run, found)
        print_json(_proposals(found)) if as_json else _print_inbox(stdout(), found, run)


def _print_inbox(console: Console, found: Inbox, run: Run) -> None:
    for number, each in enumerate(found.proposals, 1):
        artist = f", {escape(each.track.artist)}" if each.track.artist else ""
        liked = ago(each.liked_at, run.now)
        console.print(f"{number:>3}  [bold]{escape(each.track.title)}[/]{artist}, liked {liked}")
        console.print(f"     {_said(each.best)}")
        if each.second is not None:
            console.print(f"     [dim]or {_said(each.second)}[/]")
    if not found.proposals:
        console.print("Nothing to sort: no new like is without a playlist that it fits.")
    if found.nowhere:
        others = plural(len(found.nowhere), "like")
        console.print(f"{others} more in no playlist, and none of yours fits.")
    for note in found.notes:
        console.print(f"[yellow]note[/] {escape(note)}")
    if found.proposals:
        console.print("Next:  segue inbox take 1   segue inbox refuse 1", markup=False)


def _said(fit: Fit) -> str:
    return f"“{escape(fit.playlist.name)}”: {escape(fit.why)}"


def _proposals(found: Inbox) -> dict[str, object]:
    """{"schema", "proposals", "nowhere", "notes"}; a proposal has the song, and `best` and `second`
    with the playlist, the standing and why."""

    def fit(each: Fit | None) -> dict[str, object] | None:
        if each is None:
            return None
        known = {"playlist_id": each.playlist.id, "playlist": each.playlist.name}
        return {**known, "standing": each.standing, "why": each.why}

    return {
        "schema": 1,
        "proposals": [
            {"number": number, "id": each.track.id, "title": each.track.title,
             "artist": each.track.artist, "liked_at": each.liked_at,
             "best": fit(each.best), "second": fit(each.second)}
            for number, each in enumerate(found.proposals, 1)
        ],
        "nowhere": [{"id": each.id, "title": each.title} for each in found.nowhere],
        "notes": list(found.notes),
    }  # fmt: skip


_songs = click.argument("songs", nargs=-1, required=True, metavar="NUMBER|ID...")


@inbox.command(
    "take",
    help="Add songs of the last listing to the playlists proposed for them, at the end. Each"
    " playlist is read anew and kept as a version before.",
)
@_songs
@click.option("--into", metavar="PLAYLIST", help="Another playlist of yours than the proposed.")
@wait_option
@json_option
@pass_call
def take_songs(
    call: Call, songs: tuple[str, ...], into: str | None, wait: float, as_json: bool
) -> None:
    """Add the songs, and say where each went."""
    from segued.refresh.likes import chosen_of, take

    if call.dry_run_of(f"add {plural(len(songs), 'song')} to playlists", as_json=as_json):
        return
    call.require_app()
    with call.run("segue inbox", wait) as run:
        added = take(run, chosen_of(run, songs), into)
        tracks, requests = run.inventory().tracks, run.requests
    if as_json:
        rows = [
            {"id": each.track_id, "playlist_id": each.playlist_id, "added": each.new}
            for each in added
        ]
        print_json({"schema": 1, "songs": rows, "requests": dict(requests)})
        return
    for each in added:
        title = tracks[each.track_id].title if each.track_id in tracks else each.track_id
        went = "added to" if each.new else "was already in"
        stdout().print(f"“{title}” {went} “{each.playlist}”", markup=False)


@inbox.command("refuse", help="Stop proposing songs of the last listing.")
@_songs
@wait_option
@json_option
@pass_call
def refuse_songs(call: Call, songs: tuple[str, ...], wait: float, as_json: bool) -> None:
    """Remember that the songs belong nowhere."""
    from segued.refresh.likes import chosen_of, refuse

    if call.dry_run_of(f"refuse {plural(len(songs), 'song')}", as_json=as_json):
        return
    with call.run("segue inbox", wait) as run:
        rows = chosen_of(run, songs)
        refuse(run, rows)
    if as_json:
        print_json({"schema": 1, "refused": [row.track_id for row in rows]})
    else:
        stdout().print(f"{plural(len(rows), 'song')} will not be proposed again.")
