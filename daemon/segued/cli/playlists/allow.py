"""`segue allow`: let tracks back in that were taken out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from segue.errors import UsageError
from segue.names import did_you_mean, name_key, track_id_in
from segued.cli.call import Call, json_option, pass_call, wait_option
from segued.cli.output import plural, print_json, print_next, shell, stdout

if TYPE_CHECKING:
    from segue.music.track import Track
    from segued.run import Run, RunRecipe


@click.command(
    "allow",
    help="Allow tracks again that were removed by hand. Without TRACK, list them.",
)
@click.argument("name")
@click.argument("tracks", nargs=-1, metavar="[TRACK]...")
@click.option("--all", "everything", is_flag=True, help="Allow all of them.")
@wait_option
@json_option
@pass_call
def command(
    call: Call, name: str, tracks: tuple[str, ...], everything: bool, wait: float, as_json: bool
) -> int:
    """Take tracks off the list of those that stay out; the next refresh may choose them again."""
    from segued.refresh.edits import allow_again

    if tracks and everything:
        raise UsageError("name tracks, or say --all")
    if not tracks and not everything:
        with call.look() as run:
            known = run.recipe(name)
            _print(known, out_of(run, known), (), as_json=as_json)
        return 0
    if call.dry_run_of(f"let {', '.join(tracks) or 'all'} back into {name}", as_json=as_json):
        return 0
    with call.run("segue allow", wait) as run:
        known = run.recipe(name)
        out = out_of(run, known)
        allowed = tuple(out) if everything else chosen(tracks, out)
        binding = run.state.playlists.binding(known.recipe.id)
        if binding is not None and allowed:
            run.state.playlists.bind(allow_again(binding, allowed))
            run.state.playlists.commit()
    _print(known, out, allowed, as_json=as_json)
    return 0


def out_of(run: Run, known: RunRecipe) -> Mapping[str, str]:
    """What stays out of a recipe's playlist, by URI: title and artist, as far as known."""
    from segued.refresh.edits import find_edits

    binding = run.state.playlists.binding(known.recipe.id)
    if binding is None:
        return {}
    playlist = run.state.playlists.of_recipe(known.recipe.id)
    edits = find_edits(binding, playlist, respect=True)
    uris = dict.fromkeys((*edits.kept_out, *sorted(binding.banned(run.now))))
    return {uri: _words(uri, run.state.library.track(track_id_in(uri) or "")) for uri in uris}


def chosen(tracks: Sequence[str], out: Mapping[str, str]) -> tuple[str, ...]:
    """The URIs that links, ids, titles or "title - artist" mean.

    Raises UsageError for what is not out, or means several.
    """
    found: list[str] = []
    for words in tracks:
        track_id = track_id_in(words)
        key = name_key(words)
        meant = [
            uri
            for uri, shown in out.items()
            if uri == words
            or (track_id is not None and track_id_in(uri) == track_id)
            or key in (name_key(shown), name_key(shown.rpartition(" - ")[0]))
        ]
        if not meant:
            near = did_you_mean(words, out.values())
            raise UsageError(f"{words!r} is not among what stays out. {near or ''}".strip())
        if len(meant) > 1:
            raise UsageError(f"{words!r} means several: {', '.join(meant)}")
        found += meant
    return tuple(dict.fromkeys(found))


def _words(uri: str, track: Track | None) -> str:
    return f"{track.title} - {track.artist_line}" if track is not None else uri


def _print(
    known: RunRecipe, out: Mapping[str, str], allowed: Sequence[str], *, as_json: bool
) -> None:
    left = {uri: words for uri, words in out.items() if uri not in allowed}
    name = known.recipe.name
    if as_json:
        print_json(
            {
                "schema": 1,
                "id": known.recipe.id,
                "name": name,
                "out": [{"uri": uri, "title": words} for uri, words in left.items()],
                "allowed": [{"uri": uri, "title": out[uri]} for uri in allowed],
            }
        )
        return
    console = stdout()
    for uri in allowed:
        console.print(f"{out[uri]}: may come back with the next refresh", markup=False)
    if allowed:
        print_next(console, f"segue refresh {shell(name)}")
        return
    console.print(f"{name}: {plural(len(left), 'track')} out", markup=False)
    for uri, words in left.items():
        console.print(f"  {words}  {uri}" if words != uri else f"  {uri}", markup=False)
    if left:
        print_next(console, f"segue allow {shell(name)} TRACK")
