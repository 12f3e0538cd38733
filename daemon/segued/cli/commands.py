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


_START = "Getting started"
_KEEP = "Keep playlists"
_LOOK = "Inspect"
_RUN = "Maintenance"

COMMANDS: dict[str, Entry] = {
    "demo": Entry("demo.command", "Try everything offline on a generated account", _START),
    "init": Entry("setup.init", "Write a first configuration", _START),
    "auth": Entry("setup.auth", "Log in to Spotify, log out, check the login", _START),
    "doctor": Entry("setup.doctor", "Check that everything Segue needs is in place", _START),
    "plan": Entry("playlists.plan", "Show what a refresh would change, and why", _KEEP),
    "refresh": Entry("playlists.refresh", "Rebuild the playlists and write them", _KEEP),
    "undo": Entry("playlists.undo", "Restore an earlier version of a playlist", _KEEP),
    "allow": Entry("playlists.allow", "Allow tracks again that were removed by hand", _KEEP),
    "sync": Entry("stages.sync", "Read the account: likes, albums, playlists, plays", _KEEP),
    "enrich": Entry("stages.enrich", "Look up audio features and lyrics", _KEEP),
    "learn": Entry("stages.learn", "Train models on your own library", _KEEP),
    "show": Entry("playlists.show", "Show a playlist's tracks", _LOOK),
    "explain": Entry("playlists.explain", "Explain why each track is there", _LOOK),
    "sequence": Entry("sequence.command", "Order any table of tracks; no account needed", _LOOK),
    "history": Entry("playlists.history", "List past runs and kept versions", _LOOK),
    "schedule": Entry("service.schedule", "Show when each playlist is due next", _LOOK),
    "status": Entry("service.status", "Show the login, playlists and the service", _LOOK),
    "import": Entry("imports", "Import audio features or listening history", _RUN),
    "evaluate": Entry("evaluate.learners", "Measure learners and orders against baselines", _RUN),
    "pause": Entry("service.pause", "Pause schedules", _RUN),
    "resume": Entry("service.resume", "Resume paused schedules", _RUN),
    "service": Entry("service.service", "Install Segue as a systemd service", _RUN),
    "config": Entry("setup.config", "Check and show the configuration", _RUN),
    "purge": Entry("setup.purge", "Delete stored data", _RUN),
    "sandbox": Entry("sandbox", "Serve a fake Spotify for experiments", _RUN),
}
