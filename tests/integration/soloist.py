"""A made-up Soloist: the local WebSocket of Spotify's headless player, playing what it is given."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from websockets.sync.server import Server, ServerConnection

    from segued.sandbox.account.catalogue import Track


class Soloist:
    """What a Soloist sends to whoever listens: who is logged in, then how playback stands."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id
        self._listeners: set[ServerConnection] = set()
        self._state: str | None = None
        self._changed = threading.Condition()
        self.port = 0
        self.received: list[str | bytes] = []
        self._connections = 0

    @property
    def address(self) -> str:
        """What `[ears] soloist` names."""
        return f"127.0.0.1:{self.port}"

    def wait_for_listener(self, connection: int = 1, seconds: float = 120.0) -> bool:
        """Wait until somebody listens by the first connection, or a later one; whether it came."""
        with self._changed:
            return self._changed.wait_for(
                lambda: bool(self._listeners) and self._connections >= connection, seconds
            )

    def playback(
        self, track: Track, position_ms: int, *, playing: bool = True, context: str | None = None
    ) -> None:
        """A track stands at a position: it began, was paused or went on, or somebody sought."""
        self.send(
            {
                "type": "playback_state",
                "is_playing": playing,
                "position_ms": position_ms,
                "item": {
                    "uri": track.uri,
                    "name": track.title,
                    "duration_ms": track.duration_ms,
                },
                "context": None if context is None else {"uri": context},
            }
        )

    def send(self, frame: Mapping[str, object] | str) -> None:
        """Send a frame, or any text in place of one, to all who listen."""
        text = frame if isinstance(frame, str) else json.dumps(frame)
        if not isinstance(frame, str) and frame.get("type") == "playback_state":
            self._state = text
        from websockets.exceptions import ConnectionClosed

        for listener in list(self._listeners):
            with suppress(ConnectionClosed):  # it went just now
                listener.send(text)

    def hang_up(self) -> None:
        """End every connection."""
        for listener in list(self._listeners):
            self._listeners.discard(listener)
            listener.close()

    def serve(self, connection: ServerConnection) -> None:
        """One listener, until it goes."""
        from websockets.exceptions import ConnectionClosed

        connection.send(json.dumps({"type": "auth_state", "user": {"id": self._user_id}}))
        if self._state is not None:
            connection.send(self._state)
        with self._changed:
            self._listeners.add(connection)
            self._connections += 1
            self._changed.notify_all()
        try:
            self.received.extend(connection)
        except ConnectionClosed:
            pass  # it hung up, as on a frame that is too long
        finally:
            self._listeners.discard(connection)


@contextmanager
def soloist(user_id: str, folder: Path | None = None, port: int = 0) -> Iterator[Soloist]:
    """A Soloist on loopback; its address is written into its data folder, as the real one does."""
    from websockets.sync.server import serve

    made = Soloist(user_id)
    server: Server = serve(made.serve, "127.0.0.1", port)
    made.port = server.socket.getsockname()[1]
    if folder is not None:
        (folder / "ws.addr").write_text("127.0.0.1\n")
        (folder / "ws.port").write_text(f"{made.port}\n")
    thread = threading.Thread(target=server.serve_forever, name="soloist", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join(5)
        for name in ("ws.addr", "ws.port") if folder is not None else ():
            (folder / name).unlink(missing_ok=True)  # type: ignore[operator]
