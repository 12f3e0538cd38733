"""What the demo prints: each playlist with reasons and transitions, and what to type next."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from segued.cli.call import Call
from segued.cli.demo.config import PORT
from segued.cli.output import plural, stdout
from segued.cli.playlists.planned import print_plan
from segued.cli.playlists.refresh import summary
from segued.cli.playlists.titles import titles_of
from segued.cli.stages.learn import learned_table
from segued.refresh.job import RefreshOutcome


def print_demo(
    call: Call,
    outcome: RefreshOutcome,
    folder: Path,
    pictures: list[Path],
    written: int,
    seconds: float,
    catalogue: Path | None = None,
) -> None:
    """Print the outcome of a demo that took `seconds` and made `written` writing requests."""
    console = stdout()
    plans = [one.plan for one in outcome.refreshed]
    with call.state() as state:
        learned = state.models.learned()
        if learned is not None:
            console.print("\nWhat was learned, on parts of the account that were held out:")
            console.print(learned_table(learned))
        for plan in plans:
            console.print()
            title = titles_of(state, plan.playlist_id)
            changed = plan.status == "changed"
            print_plan(console, plan, title, verbose=changed, transitions=True)
    requests = plural(sum((outcome.requests or {}).values()), "request")
    console.print(
        f"\n{summary(plans)} in {seconds:.0f} s; {requests} to the account, {written} of them "
        "changed something."
    )
    for path in pictures:
        console.print(f"Picture: {path}", markup=False, soft_wrap=True)
    segue = _as_typed()
    base = f"STATE_DIRECTORY={folder / 'state'} {segue} --config {folder / 'config.toml'}"
    if all(plan.status == "unchanged" for plan in plans):
        console.print("Nothing changed, so nothing was written: that is how it should be.")
    else:
        console.print("Run it again: nothing will change, and nothing will be written.")
    console.print("\nNext, look around (serve the account in a second terminal):", markup=False)
    for line in (
        f"{segue} sandbox serve --port {PORT} --state {folder / 'account'}"
        + (f" --catalogue {shlex.quote(str(catalogue))}" if catalogue else ""),
        f"{base} explain 'Morning Rise'",
        f"{base} undo 'Morning Rise'",
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"Or begin with your own account:\n  {segue} init", markup=False, soft_wrap=True)


def _as_typed() -> str:
    """How the command is typed here: a virtual environment may not be on the PATH."""
    if shutil.which("segue") or Path(sys.argv[0]).name != "segue":
        return "segue"
    return shlex.quote(os.path.relpath(sys.argv[0]))
