"""A sandbox's state in a folder: written whole after each change, taken up at the next start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from segue.errors import DataError
from segued.sandbox.account.contents import Account
from segued.sandbox.account.listener import PlaylistRecord, PlayRecord, Row
from segued.sandbox.account.world import Clock, World
from segued.sandbox.calls import Json, SandboxSettings
from segued.sandbox.spotify.oauth import Access, OAuth, Refresh

SCHEMA = 1
NAME = "sandbox.json"


class StateFile:
    """The file of a sandbox's state. It holds that sandbox's tokens, so only its owner reads it."""

    def __init__(self, folder: Path, settings: SandboxSettings) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / NAME
        self.made_of = made_of(settings)
        self.saved = self._read()

    def opened_at(self) -> datetime | None:
        """When the saved account was made, or None where nothing is saved yet."""
        return None if self.saved is None else _moment(self.saved["opened_at"])

    def restore(self, world: World, oauth: OAuth, clock: Clock) -> None:
        """Put the saved state in place of a new one. Does nothing where nothing is saved."""
        if self.saved is None:
            return
        try:
            _restore(self.saved, world, oauth, clock)
        except (KeyError, TypeError, ValueError) as broken:
            raise self._unusable(f"something in it is missing or broken: {broken!r}") from broken

    def save(self, world: World, oauth: OAuth, clock: Clock) -> None:
        """Write the state whole, then put it in place of the old one."""
        with world.lock:
            document = {
                "schema": SCHEMA,
                "made_of": self.made_of,
                "opened_at": world.opened_at,
                "clock": {
                    "moment": clock.now(),
                    "ahead_seconds": clock.ahead.total_seconds(),
                },
                "account": world.account,
                "dead_uris": sorted(world.dead_uris),
                "extra_plays": world.extra_plays,
                "ids_made": world.ids_made,
                "oauth": oauth.saved(),
            }
            payload = orjson.dumps(document, default=_plain)
        fresh = self.path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(payload)
        fresh.replace(self.path)

    def _read(self) -> Json | None:
        try:
            saved = orjson.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, orjson.JSONDecodeError) as broken:
            raise self._unusable(str(broken)) from broken
        if not isinstance(saved, dict) or saved.get("schema") != SCHEMA:
            raise self._unusable("it was written by another version of the sandbox")
        if saved.get("made_of") != self.made_of:
            raise self._unusable(f"it was made with {saved.get('made_of')}, not {self.made_of}")
        return saved

    def _unusable(self, why: str) -> DataError:
        return DataError(
            f"{self.path} cannot be used: {why}. Start with the settings it was made with, "
            "or give the sandbox another state folder."
        )


def made_of(settings: SandboxSettings) -> Json:
    """The settings that an account follows from; a saved one only fits the same."""
    return {
        "seed": settings.seed,
        "tracks": settings.tracks,
        "artists": settings.artists,
        "genres": settings.genres,
        "catalogue": None if settings.catalogue is None else settings.catalogue.name,
        "user_id": settings.user_id,
    }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    raise TypeError(f"{type(value).__name__} is not saved")


def _restore(saved: Json, world: World, oauth: OAuth, clock: Clock) -> None:
    moments = _table(saved["clock"])
    if clock.ticking:
        clock.set_ahead(timedelta(seconds=float(str(moments["ahead_seconds"]))))
    else:
        clock.set(_moment(moments["moment"]))
    account = _table(saved["account"])
    world.account = Account(
        likes=_moments(account["likes"]),
        albums=_moments(account["albums"]),
        artists=_moments(account["artists"]),
        playlists={
            key: _playlist(playlist) for key, playlist in _table(account["playlists"]).items()
        },
        listed=[str(playlist_id) for playlist_id in _list(account["listed"])],
    )
    world.dead_uris = {str(uri) for uri in _list(saved["dead_uris"])}
    world.extra_plays = [_play(play) for play in _list(saved["extra_plays"])]
    world.ids_made = int(str(saved["ids_made"]))
    tokens = _table(saved["oauth"])
    oauth.load(
        {key: _access(_table(token)) for key, token in _table(tokens["access"]).items()},
        {key: _refresh(_table(token)) for key, token in _table(tokens["refresh"]).items()},
    )


def _playlist(saved: object) -> PlaylistRecord:
    stored = _table(saved)
    cover = stored["cover"]
    record = PlaylistRecord(
        id=str(stored["id"]),
        name=str(stored["name"]),
        owner_id=str(stored["owner_id"]),
        owner_name=str(stored["owner_name"]),
        description=str(stored["description"]),
        public=bool(stored["public"]),
        collaborative=bool(stored["collaborative"]),
        rows=_rows(stored["rows"]),
        cover=None if cover is None else str(cover).encode("latin-1"),
        version=int(str(stored["version"])),
    )
    record.versions = {key: _rows(rows) for key, rows in _table(stored["versions"]).items()}
    return record


def _rows(saved: object) -> tuple[Row, ...]:
    rows = [_table(row) for row in _list(saved)]
    return tuple(
        Row(str(row["uri"]), _moment(row["added_at"]), str(row["added_by"])) for row in rows
    )


def _play(saved: object) -> PlayRecord:
    stored = _table(saved)
    context = stored["context_uri"]
    return PlayRecord(
        track_id=str(stored["track_id"]),
        ended_at=_moment(stored["ended_at"]),
        ms_played=int(str(stored["ms_played"])),
        skipped=bool(stored["skipped"]),
        context_uri=None if context is None else str(context),
    )


def _access(stored: Mapping[str, object]) -> Access:
    return Access(str(stored["scope"]), _moment(stored["expires_at"]), bool(stored["revoked"]))


def _refresh(stored: Mapping[str, object]) -> Refresh:
    authorized_at = _moment(stored["authorized_at"])
    return Refresh(
        str(stored["client_id"]), str(stored["scope"]), authorized_at, bool(stored["revoked"])
    )


def _moments(saved: object) -> dict[str, datetime]:
    return {key: _moment(moment) for key, moment in _table(saved).items()}


def _moment(saved: object) -> datetime:
    return datetime.fromisoformat(str(saved))


def _table(saved: object) -> Json:
    if not isinstance(saved, dict):
        raise TypeError("a table was expected")
    return saved


def _list(saved: object) -> list[object]:
    if not isinstance(saved, list):
        raise TypeError("a list was expected")
    return saved
