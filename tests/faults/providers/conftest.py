"""A service that answers as a test tells it to, over real HTTP, and the providers that ask it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from segue.music.track import Album, Artist, Track
from segued.providers.features.source import ReccoBeats
from segued.providers.lyrics.source import GENIUS_PHRASES, GENIUS_REDIRECTS, Genius, Lrclib
from segued.providers.tags.services import LastFm, ListenBrainz, MusicBrainz
from segued.store.access import BudgetStore
from segued.web.source import Source, phrases_for
from segued.web.transport import Limits

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


USUAL: dict[str, Any] = {
    "status": 200,
    "body": b"{}",
    "headers": {},
    "length": None,
    "wait": 0.0,
    "drip": 0.0,
}
"""One answer. `length` is the Content-Length told, `wait` the seconds before the answer, `drip`
those between two bytes of the body."""


class Hostile:
    """Answers in turn what it was given to say, the last for ever; remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._says: list[dict[str, Any]] = [USUAL]
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                service.asked.append((self.path, dict(self.headers)))
                said = service._says.pop(0) if len(service._says) > 1 else service._says[0]
                time.sleep(said["wait"])
                body, drip = said["body"], said["drip"]
                try:
                    self.send_response(said["status"])
                    length = len(body) if said["length"] is None else said["length"]
                    self.send_header("Content-Length", str(length))
                    self.send_header("Connection", "close")  # or the next would meet its end
                    for name, value in said["headers"].items():
                        self.send_header(name, value)
                    self.end_headers()
                    for byte in body if drip else ():
                        self.wfile.write(bytes([byte]))
                        time.sleep(drip)
                    if not drip:
                        self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def says(self, *answers: dict[str, Any]) -> None:
        """Take answers, each a part of `USUAL` that is different."""
        self._says = [USUAL | answer for answer in answers]


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    service = Hostile()
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()


@dataclass
class Bench:
    """Providers that ask the hostile service. Sleeping is noted and not done."""

    hostile: Hostile
    budget: BudgetStore
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)
    opened: list[Source] = field(default_factory=list)
    timeout: float = 5.0
    deadline: float = 30.0

    def source(self, name: str, interval: float = 0.0) -> Source:
        redirects = GENIUS_REDIRECTS if name == "genius" else 0
        limits = Limits(interval, self.timeout, self.deadline, most_redirects=redirects)
        made = Source(
            GENIUS_PHRASES if name == "genius" else phrases_for(name),
            self.hostile.url,
            limits,
            self.budget,
            clock=lambda: self.now,
            sleep=self.slept.append,
        )
        self.opened.append(made)
        return made

    @property
    def reccobeats(self) -> ReccoBeats:
        return ReccoBeats(self.source("reccobeats"))

    @property
    def lrclib(self) -> Lrclib:
        return Lrclib(self.source("lrclib"))

    @property
    def genius(self) -> Genius:
        return Genius(
            "a-secret-token",
            self.source("genius"),
            api_url=self.hostile.url,
            web_url=self.hostile.url,
        )

    @property
    def musicbrainz(self) -> MusicBrainz:
        return MusicBrainz(self.source("musicbrainz"), recordings=True)

    def left_alone(self, name: str) -> timedelta | None:
        """For how long from now a service is left alone."""
        until = self.budget.get(name).cool_down_until
        return None if until is None or until <= self.now else until - self.now

    def ask(self, name: str) -> object:
        """Ask a provider about one song, whichever it is."""
        ways: dict[str, Callable[[], object]] = {
            "reccobeats": lambda: self.reccobeats.fetch([song()]),
            "lrclib": lambda: self.lrclib.find(song()),
            "genius": lambda: self.genius.find(song()),
            "musicbrainz": lambda: self.musicbrainz.find(song(isrc="USAAA0100001"), ()),
            "listenbrainz": lambda: ListenBrainz(self.source(name)).find(song(), ()),
            "lastfm": lambda: LastFm("a-secret-key", self.source(name)).find(song(), ()),
        }
        return ways[name]()


def song(number: int = 1, **changes: object) -> Track:
    values = {
        "id": f"t{number}",
        "title": f"Song {number}",
        "artists": (Artist("Ada"), Artist("Bo")),
        "album": Album("Album", release_date="2001"),
        "duration_ms": 200_000,
    }
    return Track(**(values | changes))


@pytest.fixture
def bench(hostile: Hostile, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(hostile, BudgetStore(tmp_path / "budget.json"))
    yield made
    for opened in made.opened:
        opened.close()
