"""What the demo learns before it makes playlists, and from which song one of them starts."""

from __future__ import annotations

from pathlib import Path

import orjson

from segued.cli.call import Call
from segued.cli.progress import progress_bar
from segued.enrich.job import run_enrich
from segued.imports.history import import_history
from segued.learn.job import run_learn
from segued.run import Run
from segued.sandbox.server import Sandbox
from segued.store.state import State
from segued.sync.account import run_sync


def read_whole(call: Call, state: State) -> None:
    """Read the account and look up the features of every track, as learning goes by all."""
    with (
        progress_bar(quiet=call.quiet) as progress,
        Run(call.settings, state, call.environ, call.now, progress, call.seed) as run,
    ):
        run_sync(run)
        run_enrich(run, parts=["features"])


def take_in_history(sandbox: Sandbox, state: State, folder: Path) -> None:
    """Take in the listening history that Spotify would send on request, skips and all."""
    file = folder / "Streaming_History_Audio_demo.json"
    world = sandbox.world
    rows = []
    with world.lock:
        for play in world.plays():
            track = world.catalogue.tracks[play.track_id]
            rows.append(
                {
                    "ts": play.ended_at.isoformat(),
                    "ms_played": play.ms_played,
                    "master_metadata_track_name": track.title,
                    "master_metadata_album_artist_name": world.catalogue.artist_line(track),
                    "spotify_track_uri": f"spotify:track:{play.track_id}",
                    "skipped": play.skipped,
                }
            )
    file.write_bytes(orjson.dumps(rows))
    import_history(file, state, world.clock.now(), dry_run=False)


def learn_now(call: Call, state: State) -> None:
    """Learn as `segue learn` does, in this process, which holds the lock."""
    with progress_bar(quiet=call.quiet) as progress:
        run_learn(Run(call.settings, state, call.environ, call.now, progress, call.seed))


def first_song(sandbox: Sandbox) -> str:
    """The listener's latest like as "title - artist", which a recipe starts from."""
    world = sandbox.world
    with world.lock:
        playable = (world.catalogue.tracks[track_id] for track_id in world.account.likes)
        track = next(track for track in playable if track.playable)
        artist = world.catalogue.artists[track.artist_ids[0]].name
    return f"{track.title} - {artist}"
