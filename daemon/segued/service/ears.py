"""Ears: what Spotify's own headless player, Soloist, plays on this machine, heard as it happens.

It serves a local WebSocket without any authentication, so only a loopback address is connected to,
and nothing is sent. Field names beyond the documented ones are read tolerantly: a frame that says
nothing useful is counted, never an error.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import orjson

from segue.errors import SegueError, UnavailableError
from segue.names import linked
from segue.playlists.library import Play

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""Between two tries to connect: twice as long each time, up to a minute."""
MOST_BYTES = 1 << 20
"""A longer frame ends the connection."""
NEAR_END_MS = 5_000
"""A track left closer than this to its end was heard to it."""
MOST_KINDS = 30
"""So many kinds of frames that tell of no playback are counted each on its own."""
_LONGEST_MS = 24 * 3_600_000
_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What one `playback_state` says. None where it does not."""

    uri: str | None = None
    context: str | None = None
    playing: bool = False
    position_ms: int | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Sounding:
    """The track that plays: `heard_ms` of it until `at`, when it stood at `position_ms`."""

    frame: Frame
    at: datetime
    heard_ms: int = 0
    position_ms: int = 0

    def until(self, now: datetime) -> Sounding:
        """The same, after time went by; a clock set back counts as none."""
        if not self.frame.playing:
            return self
        passed = min(max(0, round((now - self.at) / timedelta(milliseconds=1))), _LONGEST_MS)
        position = self.position_ms + passed
        if self.frame.duration_ms is not None:
            position = min(position, max(self.frame.duration_ms, self.position_ms))
        gone = position - self.position_ms
        return replace(self, at=now, heard_ms=self.heard_ms + gone, position_ms=position)

    def ended(self) -> Play | None:
        """The play this was, once it is over; None for what is no track, or was never heard."""
        kind, track_id = linked(self.frame.uri or "") or ("", "")
        if kind != "track" or self.heard_ms <= 0:
            return None
        source = linked(self.frame.context or "")
        context = f"spotify:{source[0]}:{source[1]}" if source else None
        duration = self.frame.duration_ms
        skipped = None if duration is None else self.position_ms < duration - NEAR_END_MS
        return Play(track_id, self.at, self.heard_ms, skipped, context)


def read_frame(text: str | bytes) -> tuple[str, Frame | None]:
    """The type of a frame, and what it says of the playback; "" for what is no frame."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return "", None
    kind = found.get("type") if isinstance(found, dict) else None
    if not isinstance(kind, str):
        return "", None
    return (kind, _playback(found)) if kind == "playback_state" else (kind, None)


def _playback(found: Mapping[str, object]) -> Frame:
    state = next((s for name in ("state", "data") if isinstance(s := found.get(name), dict)), found)
    item = _mapping(state, "item", "track", "current_item")
    status = state.get("status")
    playing = _first(state, bool, "is_playing", "playing")
    if playing is None:
        paused = _first(state, bool, "is_paused", "paused")
        playing = not paused if paused is not None else status == "playing"
    return Frame(
        _first(item, str, "uri"),
        _first(_mapping(state, "context"), str, "uri") or _first(state, str, "context_uri"),
        bool(playing),
        _milliseconds(state, "position_ms", "progress_ms", "position"),
        _milliseconds(item, "duration_ms", "duration")
        or _milliseconds(state, "duration_ms", "duration"),
    )


def _mapping(found: Mapping[str, object], *names: str) -> Mapping[str, object]:
    return next((value for n in names if isinstance(value := found.get(n), dict)), {})


def _first(found: Mapping[str, object], kind: type[T], *names: str) -> T | None:
    return next((value for n in names if isinstance(value := found.get(n), kind)), None)


def _milliseconds(found: Mapping[str, object], *names: str) -> int | None:
    for name in names:
        value = found.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and 0 <= value <= _LONGEST_MS:  # type: ignore[operator]
            return round(value)  # type: ignore[call-overload,no-any-return]
    return None


@dataclass(slots=True)
class Observer:
    """Makes plays of frames: `heard` takes each frame, with its moment (UTC), in turn."""

    note: Callable[[Play], None]
    now: Sounding | None = None
    unread: Counter[str] = field(default_factory=Counter)

    def heard(self, text: str | bytes, at: datetime) -> None:
        """Take a frame in: another track, or the same one from its start, ends a play."""
        kind, frame = read_frame(text)
        if frame is None:
            if kind == "auth_state":
                return  # who is logged in there: nothing to learn from it
            kind = kind[:40] if kind.isidentifier() else "no frame"
            full = len(self.unread) >= MOST_KINDS and kind not in self.unread
            self.unread["others" if full else kind] += 1
            return
        before = None if self.now is None else self.now.until(at)
        if before is not None and before.frame.uri == frame.uri and not _again(before, frame):
            duration = before.frame.duration_ms if frame.duration_ms is None else frame.duration_ms
            context = frame.context or before.frame.context
            position = before.position_ms if frame.position_ms is None else frame.position_ms
            frame = replace(frame, duration_ms=duration, context=context)
            silent = not (frame.playing or before.frame.playing)
            self.now = Sounding(frame, before.at if silent else at, before.heard_ms, position)
            return
        self.ended(at)
        if frame.uri is not None:
            self.now = Sounding(frame, at, position_ms=frame.position_ms or 0)

    def ended(self, at: datetime) -> None:
        """What sounded is over."""
        play = None if self.now is None else self.now.until(at).ended()
        self.now = None
        if play is not None:
            self.note(play)

    def lost(self, at: datetime) -> None:
        """The connection is gone: what sounds now is not known, so its time no longer counts."""
        if self.now is not None:
            stopped = self.now.until(at)
            self.now = replace(stopped, frame=replace(stopped.frame, playing=False))


def _again(before: Sounding, frame: Frame) -> bool:
    """Whether a track that had come to its end begins once more."""
    duration, position = before.frame.duration_ms, frame.position_ms
    if duration is None or position is None:
        return False
    return before.position_ms >= duration - NEAR_END_MS and position <= NEAR_END_MS


def endpoint(soloist: str) -> str:
    """The ws:// address of "127.0.0.1:9090", or of the data folder in which Soloist wrote it.

    Raises UnavailableError for an address that is not of this machine, or where none is written.
    """
    address, _, port = soloist.rpartition(":")
    if not port.isdigit():
        folder = Path(soloist).expanduser()
        try:
            address = (folder / "ws.addr").read_text(encoding="ascii").strip()
            port = (folder / "ws.port").read_text(encoding="ascii").strip()
        except (OSError, UnicodeError) as error:
            raise UnavailableError(
                f"Soloist has written no address into {folder} ({type(error).__name__}): it is not"
                " running, or was started without --ws."
            ) from error
    host = address.strip("[]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback and 0 < int(port) < 65536
    except ValueError:
        loopback = False
    if not loopback:
        raise UnavailableError(
            f"{address}:{port} is no address of this machine. Soloist asks nobody who they are, so"
            ' only 127.0.0.1 or [::1] is listened to; start it with "--ws 127.0.0.1:0".'
        )
    return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"


@contextlib.contextmanager
def listening(soloist: str) -> Iterator[tuple[str, ClientConnection]]:
    """A connection to a Soloist, and its address; a connection that ends is no error.

    Raises UnavailableError where none can be made.
    """
    try:
        from websockets.exceptions import ConnectionClosed, WebSocketException
        from websockets.sync.client import connect
    except ImportError as error:
        raise UnavailableError(
            '[ears] needs the extra "ears": pip install "segue[ears]"'
        ) from error
    address = endpoint(soloist)
    try:
        with connect(address, max_size=MOST_BYTES, proxy=None) as connection:
            yield address, connection
    except ConnectionClosed:
        return
    except WebSocketException as error:
        raise UnavailableError(f"{address} is no WebSocket of Soloist ({error}).") from error


def pause_after(pause: float, lasted: float) -> float:
    """Seconds before the next try, after a `pause` and a connection that lasted so long: one that
    is ended again and again is not made every second."""
    if lasted >= LONGEST_PAUSE_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(2 * pause, LONGEST_PAUSE_SECONDS)


class Ears:
    """A thread that listens for as long as the service runs, and connects again when it must."""

    def __init__(
        self, soloist: str, note: Callable[[Play], None], clock: Callable[[], datetime]
    ) -> None:
        self._soloist = soloist
        self._observer = Observer(note)
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    @property
    def sounding(self) -> Sounding | None:
        """What plays right now."""
        return self._observer.now

    def __enter__(self) -> Ears:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(8 * _PATIENCE_SECONDS)  # a wait that is long only on a busy machine

    def _run(self) -> None:
        pause, said = FIRST_PAUSE_SECONDS / 2, ""
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self._listen()
                said = ""
            except (SegueError, OSError) as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("Soloist cannot be heard: %s", said)
            self._observer.lost(self._clock())
            pause = pause_after(pause, time.monotonic() - began)
            self._stop.wait(pause)
        self._observer.ended(self._clock())
        if self._observer.unread:
            log.info("frames of Soloist that tell of no playback: %s", dict(self._observer.unread))

    def _listen(self) -> None:
        with listening(self._soloist) as (address, socket):
            log.info("Soloist is heard at %s", address)
            while not self._stop.is_set():
                with contextlib.suppress(TimeoutError):
                    frame = socket.recv(timeout=_PATIENCE_SECONDS)
                    self._observer.heard(frame, self._clock())
