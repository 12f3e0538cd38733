"""The part of `segue init` that looks at an account, and shows what would suit it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

import click
from rich.console import Console
from rich.markup import escape

from segue.errors import UsageError
from segue.names import did_you_mean, plural
from segue.playlists.plan import Plan
from segue.recipe.sources import RANGES
from segued.cli.call import Call
from segued.cli.output import clock_length, play_length, stderr, table
from segued.cli.setup.auth import log_in
from segued.cli.stages.enrich import print_sync
from segued.config.load import settings_from
from segued.config.starter import Starter, starter_text
from segued.inventory.proposals import Proposal, proposals
from segued.refresh.planning import plan_all
from segued.store.access import login_status
from segued.sync.account import run_sync
from segued.sync.wanted import Wanted

SHOWN = 6
"""How many tracks of each planned list are shown."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which proposals to take: `names` are their ids, or "all" or "none"; empty asks, or takes all
    where nobody can be asked."""

    names: tuple[str, ...]
    asks: bool

    def check(self, known: Mapping[str, str]) -> None:
        """Raise UsageError for a name that is not among the proposals' ids."""
        for name in self.names:
            if name not in (*known, "all", "none"):
                hint = did_you_mean(name, known) or f"There are {', '.join(known)}, all and none."
                raise UsageError(f"--take {name}: it is not proposed. {hint}")

    def takes(self, starter: Starter) -> bool:
        """Whether one of them is taken, by flag or by asking."""
        if self.names:
            return "all" in self.names or starter.id in self.names
        return not self.asks or click.confirm(f"  Take {starter.name}?", default=True, err=True)


def is_logged_in(call: Call) -> bool:
    """Whether there is a login that works, of the app that the configuration names."""
    with call.state() as state:
        token = state.auth.token()
        app = call.settings.spotify.client_id
        return (
            token is not None
            and token.client_id in ("", app)
            and login_status(state.auth, call.now()).logged_in
        )


def ensure_login(call: Call, *, no_browser: bool) -> None:
    """Log in, unless somebody is. Raises what a login raises."""
    if not is_logged_in(call):
        log_in(call, no_browser=no_browser, timeout_seconds=300.0)


def taken_from_account(call: Call, choice: Choice) -> tuple[Starter, ...]:
    """Read the account, show what suits it, each with a plan, and give what is taken.

    Nothing is written to the account. Raises what a sync and a plan raise, and UsageError for a
    choice that is not offered.
    """
    console = stderr()
    wanted = Wanted(albums=True, top=frozenset(RANGES))
    console.print("Reading your account; nothing on it is changed.")
    with call.run("segue init", 60.0) as run:
        print_sync(console, run_sync(run, wanted))
        offered = proposals(run.inventory(), run.now)
    choice.check({each.starter.id: each.starter.name for each in offered})
    if not offered:
        console.print("There is too little in your library yet to propose anything from it.")
        return ()
    plans = _plans(call, offered)
    console.print(f"\n{plural(len(offered), 'playlist')} for this library:")
    taken = []
    for number, proposal in enumerate(offered, 1):
        _print_proposal(console, number, proposal, plans[proposal.starter.id])
        if choice.takes(proposal.starter):
            taken.append(proposal.starter)
    return tuple(taken)


def _plans(call: Call, offered: tuple[Proposal, ...]) -> Mapping[str, Plan]:
    """A plan of each proposal, from what was read: nothing is looked up and nothing written."""
    text = starter_text(call.settings, tuple(each.starter for each in offered))
    probe = call.using(settings_from(tomllib.loads(text), "segue init"), "segue init")
    with probe.look() as run:
        configured = {known.recipe.id: known.configured_id for known in run.recipes}
        plans = [each.plan for each in plan_all(run, offline=True)]
    return {configured[plan.recipe_id]: plan for plan in plans}


def _print_proposal(console: Console, number: int, proposal: Proposal, plan: Plan) -> None:
    starter = proposal.starter
    console.print(f"\n{number}. [bold]{escape(starter.name)}[/] ({starter.id})")
    console.print(f"   {escape(proposal.why)}", soft_wrap=True)
    for note in plan.notes if plan.status == "failed" else ():
        console.print(f"   [yellow]note[/] {escape(note)}", soft_wrap=True)
    rows = table("", "", "", right=(2,))
    rows.show_header = False
    for item in plan.after[:SHOWN]:
        rows.add_row(
            "  ", f"{escape(item.title)}, {escape(item.artist)}", clock_length(item.duration_ms)
        )
    console.print(rows)
    length = play_length(sum(item.duration_ms for item in plan.after))
    more = len(plan.after) - SHOWN
    rest = f"and {more} more: " if more > 0 else ""
    console.print(f"   {rest}{plural(len(plan.after), 'track')}, {length}")
