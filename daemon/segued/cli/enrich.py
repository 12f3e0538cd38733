"""`segue enrich`: look up what tracks sound like and what they are about."""

from __future__ import annotations

import click

from segued.cli.call import Call, pass_call
from segued.cli.refresh_options import names_argument, wait_option


@click.command(
    "enrich",
    help="Look up audio features and lyrics of the library's tracks, or only of those that the "
    "named playlists can choose from. Stop it at any time: it goes on where it was.",
)
@names_argument
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="At most so many tracks this time."
)
@click.option("--features-only", is_flag=True, help="No lyrics.")
@click.option("--lyrics-only", is_flag=True, help="No audio features.")
@wait_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_call
def command(
    call: Call,
    names: tuple[str, ...],
    limit: int | None,
    features_only: bool,
    lyrics_only: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Enrich, and print what was found where, what is missing and when it is asked again."""
    from contextlib import ExitStack

    from segue.errors import UsageError
    from segued.cli.account import client_for
    from segued.cli.enrich_output import enrich_document, print_enrich
    from segued.cli.output import print_json, stdout
    from segued.cli.progress import progress_bar
    from segued.jobs.coverage import read_coverage
    from segued.jobs.enrich import PARTS
    from segued.jobs.enrich_run import run_enrich
    from segued.store.lock import writer_lock

    if call.dry_run:
        raise UsageError("looking tracks up changes nothing on the account; there is no dry run")
    if features_only and lyrics_only:
        raise UsageError("--features-only and --lyrics-only leave nothing to look up: keep one")
    settings = call.settings
    if lyrics_only and not settings.lyrics.enabled:
        raise UsageError("lyrics are switched off: [lyrics] enabled = false in the configuration")
    with ExitStack() as stack:
        stack.enter_context(writer_lock(call.state_folder, "segue enrich", wait))
        state = stack.enter_context(call.state())
        # Nobody need be logged in, unless Spotify itself is a source.
        asks_spotify = "spotify" in settings.features.sources and not lyrics_only
        client = stack.enter_context(client_for(call, state)) if asks_spotify else None
        with progress_bar(quiet=call.quiet) as progress:
            outcome = run_enrich(
                settings,
                state,
                client,
                names=names,
                environ=call.environ,
                clock=call.now,
                progress=progress,
                parts=[
                    part
                    for part in PARTS
                    if not (features_only and part != "features")
                    and not (lyrics_only and part != "lyrics")
                ],
                limit=limit,
            )
        coverage = read_coverage(settings, state)
    if as_json:
        print_json(enrich_document(outcome, coverage))
    else:
        print_enrich(stdout(), outcome, coverage, call.now())
    return outcome.exit_code
