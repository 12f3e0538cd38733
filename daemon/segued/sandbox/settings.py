"""What a sandbox is started with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Mode = Literal["development", "extended"]


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What a sandbox is started with. The same settings give the same account, byte for byte.

    `mode` is the regime of the app that calls: "development" is what every new self-hosted app
    meets, "extended" keeps the old surface. `now` (aware UTC) is where the clock starts; the
    clock then stands still until it is moved. Without it the clock runs with the wall clock.
    `catalogue` is a CSV of real tracks (plain or gzip) that takes the place of the generated
    ones. `refresh_rotates` False leaves `refresh_token` out of refresh replies,
    `refresh_names_scope` False leaves `scope` out. `consent_page` shows a page with a button
    where the default approves a login at once. `most_rows` is the size limit of a playlist.
    `latency_seconds` pass before every answer, as on a way through the network.
    """

    seed: int = 7
    mode: Mode = "development"
    tracks: int = 2000
    artists: int = 300
    genres: int = 24
    likes: int = 800
    playlists: int = 25
    play_days: int = 90
    now: datetime | None = None
    catalogue: Path | None = None
    premium: bool = True
    refresh_rotates: bool = True
    refresh_names_scope: bool = True
    consent_page: bool = False
    most_rows: int = 10_000
    latency_seconds: float = 0.0
    user_id: str = "segue-listener"
    display_name: str = "Robin Listener"

    def __post_init__(self) -> None:
        for name in ("tracks", "artists", "genres"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} has to be 1 or more")
        for name in ("seed", "likes", "playlists", "play_days"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} has to be 0 or more")
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError("now needs a time zone")
