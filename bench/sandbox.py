"""The sandbox: how long an account takes to make, and a request, beside an empty web server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from statistics import median

import requests
import uvicorn
from rich.console import Console
from rich.table import Table
from starlette.responses import Response

from segued.sandbox.account.generator import generate_catalogue
from segued.sandbox.account.listener import listener_of
from segued.sandbox.calls import SandboxSettings
from segued.sandbox.server import running

REQUESTS = 200
BOUND_SECONDS = 2.0
PATHS = ("/me", "/me/tracks?limit=50", "/me/playlists?limit=50", "/me/top/tracks?limit=50")


def seconds_to_start(settings: SandboxSettings) -> float:
    """From nothing to a server that answers, nothing of an earlier start kept."""
    generate_catalogue.cache_clear()
    listener_of.cache_clear()
    start = time.perf_counter()
    with running(settings):
        return time.perf_counter() - start


def milliseconds(call: Callable[[], requests.Response]) -> float:
    """The median of many calls, one after the other over one connection."""
    spans = []
    for _ in range(REQUESTS):
        start = time.perf_counter()
        call().raise_for_status()
        spans.append(1000 * (time.perf_counter() - start))
    return median(spans)


def empty_server(payload: bytes) -> tuple[uvicorn.Server, str]:
    """A server that answers every request with the same bytes: what HTTP alone costs."""

    async def app(scope: dict, receive: object, send: object) -> None:
        await Response(payload, media_type="application/json")(scope, receive, send)

    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}/"


def main() -> None:
    """Print both tables."""
    console = Console()
    starts = Table("account", "start s", "bound s")
    for name, settings in {
        "2,000 tracks, 25 playlists": SandboxSettings(),
        "10,000 tracks, 50 playlists": SandboxSettings(
            tracks=10_000, artists=1500, likes=5000, playlists=50
        ),
    }.items():
        bound = f"{BOUND_SECONDS:.0f}" if settings == SandboxSettings() else ""
        starts.add_row(name, f"{seconds_to_start(settings):.2f}", bound)
    console.print(starts)
    calls = Table("request", "bytes", "sandbox ms", "empty server ms")
    with running(SandboxSettings()) as sandbox:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {sandbox.tokens()['access_token']}"
        for path in PATHS:
            url = sandbox.api_url + path
            payload = session.get(url, timeout=5).content
            ours = milliseconds(lambda url=url: session.get(url, timeout=5))
            server, address = empty_server(payload)
            bare = milliseconds(lambda address=address: session.get(address, timeout=5))
            server.should_exit = True
            calls.add_row(path, f"{len(payload):,}", f"{ours:.2f}", f"{bare:.2f}")
    console.print(calls)


if __name__ == "__main__":
    main()
