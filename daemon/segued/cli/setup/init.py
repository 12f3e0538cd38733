"""`segue init`: write a first configuration that fits the account, by asking or from flags."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from rich.markup import escape

from segue.errors import SegueError, UsageError
from segue.names import plural
from segued.cli.call import Call, pass_call
from segued.cli.output import clock_length, play_length, print_next, stderr, table
from segued.config.secrets import SCHEMA_NAME
from segued.store.files.atomic import write_atomically

if TYPE_CHECKING:
    from rich.console import Console

    from segue.playlists.plan import Plan
    from segued.config.schema import Settings
    from segued.config.starter import Choice, Starter
    from segued.inventory.proposals import Proposal


SHOWN = 6  # tracks of each proposed list
_confirm = partial(click.confirm, default=True, err=True)
SECTIONS = {
    "": ("timezone",),
    "spotify": ("client_id", "redirect_port", "api_url", "accounts_url"),
    "features": ("reccobeats_url",),
    "lyrics": ("lrclib_url",),
    "tags": ("musicbrainz_url", "listenbrainz_url", "lastfm_url"),
}
"""What can be answered by flag: the keys of each section, a flag each."""


@dataclass(frozen=True, slots=True)
class Given:
    """The answers that were given by flag; what is not among them is asked, or has its default."""

    answers: Mapping[str, Any]
    take: tuple[str, ...]
    login: bool | None
    no_browser: bool
    yes: bool
    force: bool

    def settings(self) -> Settings:
        """The settings that the flags make. Raises ConfigError for a wrong one."""
        from segued.config.load import settings_from

        document: dict[str, Any] = {
            section: {key: self.answers[key] for key in keys if key in self.answers}
            for section, keys in SECTIONS.items()
        }
        for section in ("features", "lyrics", "tags"):
            document[section] |= _unhurried(self.answers.get(SECTIONS[section][0]))
        return settings_from(document | document.pop(""), "segue init")


def _unhurried(url: str | None) -> dict[str, Any]:
    """A service on this machine, which is a sandbox, need not be asked slowly."""
    from segued.config.secrets import is_loopback_url

    return {"interval_seconds": 0.0} if url is not None and is_loopback_url(url) else {}


@click.command(
    "init",
    help="Write a first configuration. After a login it reads your account, proposes five"
    " playlists that suit your library and shows what each would be. Every answer can be given"
    " as an option; where nobody can be asked, nothing is.",
)
@click.option(
    "--client-id",
    metavar="ID",
    callback=lambda _ctx, _option, given: given and given.strip(),
    help="The Client ID of your Spotify app.",
)
@click.option("--redirect-port", type=int, metavar="PORT", help="Port that the login redirects to.")
@click.option("--api-url", metavar="URL", help="Base URL of the Web API, e.g. a sandbox's.")
@click.option("--accounts-url", metavar="URL", help="Base URL of the login.")
@click.option("--reccobeats-url", metavar="URL", help="Base URL of ReccoBeats.")
@click.option("--lrclib-url", metavar="URL", help="Base URL of LRCLIB.")
@click.option("--musicbrainz-url", metavar="URL", help="Base URL of MusicBrainz.")
@click.option("--listenbrainz-url", metavar="URL", help="Base URL of ListenBrainz.")
@click.option("--lastfm-url", metavar="URL", help="Base URL of Last.fm.")
@click.option("--timezone", metavar="ZONE", help='Timezone of schedules, like "Europe/London".')
@click.option(
    "--login/--no-login",
    default=None,
    help="Log in and look at the account, or do not; by default where somebody can be asked, or is"
    " logged in already.",
)
@click.option("--no-browser", is_flag=True, help="Print the login's address; open no browser.")
@click.option(
    "--take",
    multiple=True,
    metavar="ID",
    help="Take this proposal, by its id, all or none; repeatable. Nothing is asked then.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask; take every playlist offered.")
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@pass_call
def command(call: Call, /, **given: Any) -> int:
    """Write the configuration and the schema beside it, then say what comes next."""
    keys = [key for keys in SECTIONS.values() for key in keys]
    answers = {key: answer for key in keys if (answer := given.pop(key)) is not None}
    return set_up(call, Given(answers, **given))


def set_up(call: Call, given: Given) -> int:
    """Ask what was not given, look at the account, write; the exit code is the account's."""
    from segued.config.starter import starter_text

    file = call.config_file
    if file.exists() and not given.force:
        raise UsageError(
            f"there is a configuration at {file} already; edit it, or replace it with --force"
        )
    settings = given.settings()
    asks = call.interactive and not given.yes
    if asks and "client_id" not in given.answers:
        client_id = ask_client_id(settings)
        section = settings.spotify.model_copy(update={"client_id": client_id})
        settings = settings.model_copy(update={"spotify": section})
    starters, error = _starters(call.using(settings, str(file)), given, asks=asks)
    if not call.dry_run:
        write_first_files(file, starter_text(settings, starters))
    _print_end(call, settings, logged_in=error is None)
    return 0 if error is None or not given.login else error.exit_code


def _starters(
    call: Call, given: Given, *, asks: bool
) -> tuple[tuple[Starter, ...], SegueError | None]:
    """The playlists to begin with: what suits the account, or in general where it is not known.

    The error is what stood in the way; a login that is yet to be made is one.
    """
    from segued.cli.setup.auth import ensure_login, is_logged_in
    from segued.config.starter import STARTERS, Choice

    choice = Choice(given.take, asks and not given.take)
    try:
        if _looks(call, given, asks=asks, known=is_logged_in):
            ensure_login(call, no_browser=given.no_browser)
            return taken_from_account(call, choice), None
        error: SegueError | None = UsageError("nobody is logged in")
    except UsageError:
        raise
    except SegueError as caught:
        stderr().print(f"Your account was not looked at: {caught}", markup=False, soft_wrap=True)
        error = caught
    choice.check({starter.id: starter.name for starter in STARTERS})
    if choice.asks:
        click.echo("\nWhich playlists shall it begin with? You can change it later.", err=True)
    return tuple(each for each in STARTERS if choice.takes(each, _confirm)), error


def taken_from_account(call: Call, choice: Choice) -> tuple[Starter, ...]:
    """Read the account, show what suits it, each with a plan, and give what is taken.

    Nothing is written to the account. Raises what a sync and a plan raise, and UsageError for a
    choice that is not offered.
    """
    from segue.recipe.sources import RANGES
    from segued.cli.stages.enrich import print_sync
    from segued.inventory.proposals import proposals
    from segued.sync.account import run_sync
    from segued.sync.wanted import Wanted

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
        if choice.takes(proposal.starter, _confirm):
            taken.append(proposal.starter)
    return tuple(taken)


def _plans(call: Call, offered: tuple[Proposal, ...]) -> Mapping[str, Plan]:
    """A plan of each proposal, from what was read: nothing is looked up and nothing written."""
    from segued.config.load import settings_from
    from segued.config.starter import starter_text
    from segued.refresh.planning import plan_all

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
    rest = f"and {len(plan.after) - SHOWN} more: " if len(plan.after) > SHOWN else ""
    console.print(f"   {rest}{plural(len(plan.after), 'track')}, {length}")


def _looks(call: Call, given: Given, *, asks: bool, known: Any) -> bool:
    """Whether the account is to be looked at."""
    if call.dry_run or given.login is False or not call.settings.spotify.client_id:
        return False
    if given.login or known(call):
        return True
    return asks and click.confirm(
        "Log in now, so that it can propose what suits your library?", default=True, err=True
    )


def ask_client_id(settings: Settings) -> str:
    """Ask for the Client ID until it is one; empty where it is to be filled in later."""
    from segued.config.sections import DASHBOARD, WHERE_IT_IS, client_id_problem, redirect_uri

    click.echo(
        "Spotify wants every self-hosted program to be an app of its user's own.\n"
        f"  1. Open {DASHBOARD} and choose Create app.\n"
        f"  2. Redirect URI: {redirect_uri(settings.spotify.redirect_port)}"
        "    APIs used: Web API.\n"
        "  3. Copy the Client ID from its settings. No client secret is needed.",
        err=True,
    )
    while True:
        answer: str = click.prompt(
            "Client ID (empty: later)", default="", show_default=False, err=True
        )
        problem = client_id_problem(answer.strip(), settings.spotify.accounts_url)
        if problem is None:
            return answer.strip()
        click.echo(f"{problem} {WHERE_IT_IS}", err=True)


def _print_end(call: Call, settings: Settings, *, logged_in: bool) -> None:
    from segued.config.sections import DASHBOARD, redirect_uri

    console = stderr()
    wrote = "Would write" if call.dry_run else "Wrote"
    console.print(f"\n{wrote} {call.config_file}", soft_wrap=True, markup=False)
    if not settings.spotify.client_id:
        console.print(
            f"Next, make an app at {DASHBOARD} (Web API, redirect URI"
            f" {redirect_uri(settings.spotify.redirect_port)}) and put its Client ID into"
            " [spotify] client_id.",
            markup=False,
            soft_wrap=True,
        )
    steps = ("segue plan", "segue refresh")
    print_next(console, *(steps if logged_in else ("segue auth login", *steps)))


def write_first_files(file: Path, text: str) -> None:
    """Write the configuration, readable by its owner alone, and the schema beside it.

    A configuration that was there stays as NAME.last-good. Raises UsageError where the folder
    cannot be made, StoreError where a file cannot be written.
    """
    from segued.config.schema import json_schema

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {file.parent} cannot be made: {error.strerror}; name another place with"
            " --config FILE"
        ) from error
    schema = orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    write_atomically(file.parent / SCHEMA_NAME, schema, keep_previous=False)
    write_atomically(file, text.encode())
