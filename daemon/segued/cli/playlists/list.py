"""`segue list` and `segue export`: the playlists of the account, and files for other players."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import MissingError, UsageError
from segue.names import name_key, plural
from segued.cli.call import Call, json_option, pass_call
from segued.cli.output import ago, print_json, print_next, stdout, table

if TYPE_CHECKING:
    from segue.exchange import Format
    from segue.playlists.library import Playlist, PlaylistSummary
    from segued.run import Run


Whose = Literal["yours", "shared", "followed", "spotify"]
WHOSE: tuple[Whose, ...] = get_args(Whose)
_COLUMNS = ("Playlist", "Owner", "Tracks", "Whose", "Recipe")
_WORDS = {"yours": "yours", "shared": "shared", "followed": "followed", "spotify": "Spotify's"}
SPOTIFY = "spotify"
"""The user id of Spotify itself, whose playlists no app may read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A playlist of the account. `whose` is "shared" where others than its owner may edit it.

    `recipe` is the name of the recipe that keeps it, `unread` why its tracks could not be read.
    """

    id: str
    name: str
    owner_id: str
    owner: str
    tracks: int | None
    whose: Whose
    recipe: str | None
    unread: str | None


@click.command(
    "list",
    help="List the playlists of the account, as last read: names to use in a recipe, as in"
    ' from = "playlist:NAME". Makes no request.'
    "\n\nTEXT leaves those whose name, owner or recipe holds it, in any case.",
)
@click.argument("text", nargs=-1, metavar="[TEXT]...")
@click.option("--whose", type=click.Choice(WHOSE), help="Only those of one kind.")
@click.option("--kept", is_flag=True, help="Only those that a recipe keeps.")
@click.option("--ids", is_flag=True, help="Show the id of each.")
@json_option
@pass_call
def command(
    call: Call, text: tuple[str, ...], whose: Whose | None, kept: bool, ids: bool, as_json: bool
) -> None:
    """Print the playlists in the account's order."""
    from segued.status.report import latest_sync

    with call.look() as run:
        listed = list_playlists(run)
        latest = latest_sync(run.state)
        now = run.now
    read_at = None if latest is None else latest.started_at
    if not listed and read_at is None:
        raise UsageError("Nothing is known of the account yet. Run `segue sync` first.")
    chosen = tuple(each for each in listed if _wanted(each, text, whose, kept=kept))
    if as_json:
        rows = [asdict(each) for each in chosen]
        print_json({"schema": 1, "read_at": read_at, "playlists": rows})
    else:
        print_playlists(stdout(), chosen, of=len(listed), ids=ids)
        _print_end(stdout(), read_at, now)


def list_playlists(run: Run) -> tuple[Listed, ...]:
    """The account's playlists as last read, in its order."""
    from segued.store.library import ACCOUNT

    state = run.state
    account = state.library.cursor(ACCOUNT) or {}
    user_id = account.get("id")
    unread = state.playlists.unread()
    recipes = {}
    for known in run.recipes:
        binding = state.playlists.binding(known.recipe.id)
        if binding is not None and binding.playlist_id is not None:
            recipes[binding.playlist_id] = known.recipe.name
    return tuple(
        Listed(
            id=summary.id,
            name=summary.name,
            owner_id=summary.owner_id,
            owner=summary.owner_name or summary.owner_id,
            tracks=summary.total,
            whose=whose_is(summary, user_id),
            recipe=recipes.get(summary.id),
            unread=unread.get(summary.id),
        )
        for summary in state.playlists.summaries()
    )


def whose_is(summary: PlaylistSummary, user_id: object) -> Whose:
    """Whose a playlist is, as the account of `user_id` sees it."""
    if summary.collaborative:
        return "shared"
    if summary.owner_id == user_id:
        return "yours"
    return "spotify" if summary.owner_id == SPOTIFY else "followed"


def _wanted(each: Listed, text: Iterable[str], whose: Whose | None, *, kept: bool) -> bool:
    about = name_key(" ".join((each.name, each.owner, each.recipe or "")))
    return (
        (whose is None or each.whose == whose)
        and (not kept or each.recipe is not None)
        and all(name_key(word) in about for word in text)
    )


def print_playlists(console: Console, chosen: tuple[Listed, ...], *, of: int, ids: bool) -> None:
    """Print playlists as a table, by id where asked for, and what a recipe cannot name."""
    if not chosen:
        console.print(f"None of your {plural(of, 'playlist')} is like that." if of else "None.")
        return
    columns = ("Id", "Playlist", "Tracks") if ids else _COLUMNS
    drawn = table(*columns, right=(2,), fixed=(0,) if ids else ())
    for each in chosen:
        tracks = "?" if each.tracks is None else f"{each.tracks:,}"
        name = escape(each.name) or "(no name)"
        if ids:
            drawn.add_row(each.id, name, tracks)
        else:
            whose, recipe = _WORDS[each.whose], escape(each.recipe or "")
            drawn.add_row(name, escape(each.owner), tracks, whose, recipe)
    console.print(drawn)
    for line in (*_namesake_lines(chosen), *_unread_lines(chosen)):
        console.print(line, markup=False)


def _namesake_lines(chosen: tuple[Listed, ...]) -> Iterator[str]:
    """Names that several playlists bear, with the ids a recipe can tell them apart by."""
    for key, count in Counter(name_key(each.name) for each in chosen).items():
        same = [each for each in chosen if name_key(each.name) == key]
        if count > 1:
            ids = ", ".join(each.id for each in same)
            yield f"{count} are called {same[0].name}; a recipe takes an id in its place: {ids}"


def _unread_lines(chosen: tuple[Listed, ...]) -> Iterator[str]:
    reasons = Counter(each.unread for each in chosen if each.unread is not None)
    for reason, count in reasons.items():
        yield f"No source for a recipe: {plural(count, 'playlist')} ({reason})"


def _print_end(console: Console, read_at: datetime | None, now: datetime) -> None:
    if read_at is not None:
        console.print(f"As of {ago(read_at, now)}.", markup=False)
    print_next(console, "segue sync   reads the account again")


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
def export(
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
