"""`segue refresh` and `segue allow`: make playlists anew, and let tracks back into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from segue.errors import UsageError
from segue.names import did_you_mean, name_key, plural, track_id_in
from segue.playlists.plan import Plan
from segued.cli.call import Call, json_option, names_argument, pass_call, wait_option
from segued.cli.output import print_json, print_next, shell, stdout
from segued.cli.playlists.plan import (
    allow_option,
    asked_of,
    next_after_refusal,
    nothing_to_do,
    plan_now,
    print_plans,
    print_refresh_json,
    print_said_before,
)
from segued.cli.playlists.planned import print_line, print_plan, print_result, titles_of

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
def allow(
    call: Call, name: str, tracks: tuple[str, ...], everything: bool, wait: float, as_json: bool
) -> int:
    """Take tracks off the list of those that stay out; the next refresh may choose them again."""
    from segued.refresh.edits import allow_again

    if tracks and everything:
        raise UsageError("name tracks, or say --all")
    if not tracks and not everything:
        with call.look() as run:
            known = run.recipe(name)
            _print_allowed(known, out_of(run, known), (), as_json=as_json)
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
    _print_allowed(known, out, allowed, as_json=as_json)
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


def _print_allowed(
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
    count = plural(len(left), "track") if left else "no track"
    console.print(f"{name}: {count} removed by hand and kept out", markup=False)
    for uri, words in left.items():
        console.print(f"  {words}  {uri}" if words != uri else f"  {uri}", markup=False)
    if left:
        print_next(console, f"segue allow {shell(name)} TRACK")


if TYPE_CHECKING:
    from segued.refresh.outcome import RefreshOutcome, Unchanged


@click.command("refresh", help="Read the account, rebuild the playlists and write them.")
@names_argument
@allow_option
@click.option(
    "--resume",
    is_flag=True,
    help="End the pause of a named playlist; one that was deleted is created again.",
)
@wait_option
@json_option
@pass_call
def command(
    call: Call,
    names: tuple[str, ...],
    allow: tuple[str, ...],
    resume: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Refresh and print what was done; with --dry-run only plan."""

    if resume and not names:
        raise UsageError("--resume ends the pause of playlists: give them by name")
    outcome: RefreshOutcome | Unchanged | None
    if call.dry_run:
        outcome = plan_now(call, names, allow, wait)
        if as_json:
            print_refresh_json(outcome)
        else:
            print_plans(call, outcome)
        return outcome.exit_code
    plainly = not allow and not resume
    asked = asked_of(call, names)
    outcome = nothing_to_do(call, names, "segue refresh", wait) if plainly else None
    if outcome is None:
        from segued.refresh.job import refresh_all
        from segued.refresh.noting import note

        call.require_app()
        with call.run("segue refresh", wait) as run:
            outcome = whole = refresh_all(run, names, waived=allow, resumed=resume)
            if plainly and asked is not None:
                note(run, asked, whole)
    if as_json:
        print_refresh_json(outcome)
    else:
        print_refresh(call, outcome)
    return outcome.exit_code


def print_refresh(call: Call, outcome: RefreshOutcome | Unchanged) -> None:
    """Print what became of each playlist, shortly; whole lists with --verbose."""
    console = stdout()
    if call.quiet:
        for refreshed in outcome.refreshed:
            if refreshed.plan.status != "unchanged":
                print_line(console, refreshed.plan)
        return
    print_said_before(console, outcome)
    if call.verbose:
        with call.state() as state:
            for refreshed in outcome.refreshed:
                title = titles_of(state, refreshed.plan.playlist_id)
                print_plan(console, refreshed.plan, title, verbose=True)
    else:
        for refreshed in outcome.refreshed:
            print_result(console, refreshed.plan)
    requests = plural(sum((outcome.requests or {}).values()), "request")
    console.print(f"\n{summary([refreshed.plan for refreshed in outcome.refreshed])}; {requests}.")
    for exported in outcome.exports:
        if isinstance(exported, str):
            console.print(exported, markup=False)
    changed = [refreshed for refreshed in outcome.refreshed if refreshed.plan.status == "changed"]
    refused = [refreshed for refreshed in outcome.refreshed if refreshed.plan.status == "refused"]
    if changed:
        name = shell(changed[0].plan.name)
        undo = f"segue undo {name}" if changed[0].version_id else f"segue show {name}"
        print_next(console, f"segue explain {name}", undo)
    elif refused:
        print_next(console, *next_after_refusal(refused[0].plan))


def summary(plans: list[Plan]) -> str:
    """How many playlists ended how, in words."""
    words = {
        "changed": "written",
        "unchanged": "unchanged",
        "refused": "refused",
        "failed": "failed",
    }
    counts = {word: sum(plan.status == status for plan in plans) for status, word in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing done"
