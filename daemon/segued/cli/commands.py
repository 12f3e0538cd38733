"""Every command in one table: where it is and what it does, so that `--help` imports none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: where it lives, what it does in a few words, and its section.

    A module of several commands is followed by a colon and the name of the one.
    """

    module: str
    summary: str
    section: str


_START = "Begin"
_KEEP = "Keep playlists"
_LOOK = "Look"
_RUN = "Look after Segue"

COMMANDS: dict[str, Entry] = {
    "demo": Entry("demo.command", "The whole job on a made-up account, offline", _START),
    "init": Entry("setup.init", "Write a first configuration", _START),
    "auth": Entry("setup.auth", "Log in to Spotify, log out, see how long it lasts", _START),
    "doctor": Entry("setup.doctor", "Check that everything Segue needs is in place", _START),
    "plan": Entry("playlists.plan", "Show what a refresh would change, and why", _KEEP),
    "refresh": Entry("playlists.refresh", "Make the playlists anew and write them", _KEEP),
    "undo": Entry("playlists.undo", "Bring back an earlier version of a playlist", _KEEP),
    "allow": Entry("playlists.allow", "Let back in what was taken out by hand", _KEEP),
    "sync": Entry("stages.sync", "Read the account: likes, albums, playlists, plays", _KEEP),
    "enrich": Entry("stages.enrich", "Look up what tracks sound like and are about", _KEEP),
    "learn": Entry("stages.learn", "Learn from your library what goes with what", _KEEP),
    "show": Entry("playlists.show", "Show a playlist as it stands", _LOOK),
    "explain": Entry("playlists.explain", "Say why each track is where it is", _LOOK),
    "sequence": Entry("sequence.command", "Order any table of tracks; no account needed", _LOOK),
    "history": Entry("playlists.history", "List what was done, and the kept versions", _LOOK),
    "schedule": Entry("service.schedule", "Show when each playlist is due next", _LOOK),
    "status": Entry("service.status", "Show how everything stands", _LOOK),
    "import": Entry("imports", "Take in tables of your own", _RUN),
    "evaluate": Entry(
        "evaluate.learners", "Measure how well something works, beside baselines", _RUN
    ),
    "pause": Entry("service.pause", "Let the service leave playlists alone", _RUN),
    "resume": Entry("service.resume", "Let it look after them again", _RUN),
    "service": Entry("service.service", "Run Segue as a service of systemd", _RUN),
    "config": Entry("setup.config", "Check and show the configuration", _RUN),
    "purge": Entry("setup.purge", "Delete what Segue has stored", _RUN),
    "sandbox": Entry("sandbox", "Serve a made-up Spotify to try things on", _RUN),
}
