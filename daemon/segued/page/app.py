"""The addresses of the page, what each answers, and its server, in a thread of the service."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from segued.config.schema import playlist_key
from segued.config.secrets import read_secret
from segued.page.access import Keys, SignIn
from segued.page.editing import check_recipe, editor, recipes, save_recipe
from segued.page.guard import Door, Gate, open_link, sign_in
from segued.page.now import Backend, standing
from segued.page.reader import ReaderError
from segued.page.view import SEE_OTHER, STATIC, Page, Parts, page_of, refused, static


async def now(request: Request) -> Response:
    """Now: what runs and waits, the account, and the playlists with their ages."""
    page = page_of(request)

    async def body() -> Parts:
        return {**await page.ask("overview"), "states": page.backend.scheduler.states()}

    shell = page.shell(request, "Now", "now")
    return page.send("now", shell, standing(page.backend), body)


def about_playlist(
    template: str, question: str
) -> Callable[[Request], Coroutine[None, None, Response]]:
    """What answers an address below a playlist's: `template` drawn with what `question` gives."""

    async def handler(request: Request) -> Response:
        page = page_of(request)
        recipe = page.recipe(request)
        values = {**request.path_params, "recipe": recipe.id}

        async def body() -> Parts:
            return await page.ask(question, **values)

        return page.send(template, page.playlist_shell(request, recipe), {"recipe": recipe}, body)

    return handler


async def act(request: Request) -> Response:
    """A button of a playlist: refresh it, bring a version back, pause or resume it."""
    page, kind = page_of(request), request.path_params["kind"]
    recipe, form = page.recipe(request), request.scope["form"]
    if kind not in ("refresh", "undo", "pause", "resume"):
        raise HTTPException(404, "There is no such button.")
    if kind in ("refresh", "undo"):
        page.actions.begin(kind, recipe.id, form.get("version") or None)
    else:
        page.actions.pause(playlist_key(recipe.id), resume=kind == "resume")
    return RedirectResponse(f"/playlists/{recipe.id}", SEE_OTHER)


async def library(request: Request) -> Response:
    """The map of the library; its data follow."""
    page = page_of(request)
    return page.send("library", page.shell(request, "Library", "library"), {})


async def library_data(request: Request) -> Response:
    """The places and colours of the map, or the names of its tracks."""
    question = {"map.json": "map", "names.json": "names"}.get(request.path_params["part"])
    if question is None:
        return PlainTextResponse("there is no such part\n", 404)
    try:
        found = await page_of(request).ask(question)
    except ReaderError as error:
        return PlainTextResponse(str(error), 500)
    return Response(orjson.dumps(found), media_type="application/json")


async def track(request: Request) -> Response:
    """What is known of one track, for the side of the map."""
    page = page_of(request)
    try:
        found = await page.ask("track", track=request.path_params["track"])
        shown = page.render("track.html", **found)
    except ReaderError as error:
        shown = page.render("trouble.html", text=str(error))
    return Response(shown, media_type="text/html; charset=utf-8")


async def events(request: Request) -> Response:
    """Live progress, as server-sent events."""
    page = page_of(request)
    if page.crowded:
        return PlainTextResponse("too many pages are open\n", 503)
    return StreamingResponse(page.events(), media_type="text/event-stream")


async def pause(request: Request) -> Response:
    """Pause a schedule, or resume it."""
    page, form = page_of(request), request.scope["form"]
    key = form.get("key", "")
    if key not in page.backend.scheduler.timetable:
        raise HTTPException(404, "There is no such schedule.")
    page.actions.pause(key, resume=form.get("resume") == "yes")
    return RedirectResponse(_back(form), SEE_OTHER)


async def sync(request: Request) -> Response:
    """Read the account."""
    page = page_of(request)
    page.actions.begin("sync", "sync")
    return RedirectResponse(_back(request.scope["form"]), SEE_OTHER)


def _back(form: Mapping[str, str]) -> str:
    """Where a form came from, within the page."""
    place = form.get("back", "/")
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/"


async def static_file(request: Request) -> Response:
    """A file as it is; its address changes with it."""
    name = request.path_params["name"]
    if name not in STATIC:
        return PlainTextResponse("there is no such file\n", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(static(name), media_type=STATIC[name], headers=headers)


async def healthz(request: Request) -> Response:
    """Whether the scheduler is alive: 200 or 503."""
    found = page_of(request).backend.health()
    body = orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)
    return Response(body, 200 if found["ok"] else 503, media_type="application/json")


async def metrics(request: Request) -> Response:
    """The metrics, for Prometheus."""
    text, kind = await asyncio.to_thread(page_of(request).backend.metrics)
    return Response(text, headers={"Content-Type": kind})


ROUTES = [
    Route("/", now),
    Route("/playlists/{recipe}", about_playlist("playlist", "playlist")),
    Route("/playlists/{recipe}/plan", about_playlist("plan", "plan")),
    Route("/playlists/{recipe}/versions/{version}", about_playlist("version", "versions")),
    Route("/playlists/{recipe}/{kind:str}", act, methods=["POST"]),
    Route("/library", library),
    Route("/library/tracks/{track}", track),
    Route("/library/{part}", library_data),
    Route("/recipes", recipes),
    Route("/recipes/check", check_recipe, methods=["POST"]),
    Route("/recipes/save", save_recipe, methods=["POST"]),
    Route("/recipes/{place}", editor),
    Route("/events", events),
    Route("/pause", pause, methods=["POST"]),
    Route("/sync", sync, methods=["POST"]),
    Route("/open", open_link),
    Route("/sign-in", sign_in, methods=["GET", "POST"]),
    Route("/static/{name}", static_file),
    Route("/healthz", healthz),
    Route("/metrics", metrics),
]

_NOTHING_HERE = "There is nothing at this address."


def make_app(page: Page, door: Door) -> ASGIApp:
    """The application behind its gate."""

    async def failed(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        text = _NOTHING_HERE if error.detail == "Not Found" else error.detail
        return refused(page, error.status_code, text)

    app = Starlette(routes=ROUTES, exception_handlers={HTTPException: failed})
    app.state.page, app.state.door = page, door
    return Gate(app, door, lambda code, text: refused(page, code, text, bool(door.password)))


_START_SECONDS = 10.0
_END_SECONDS = 5.0


class _Server(uvicorn.Server):
    """Waits for the word to end, where uvicorn's own looks ten times a second."""

    page: Page

    async def main_loop(self) -> None:
        """Serve until the page ends."""
        await self.page.ended()


class PageServer:
    """Serves the page on the port and address of `[service]`, from its making until `close`."""

    def __init__(self, backend: Backend) -> None:
        """Raises OSError where the port is taken, UsageError for a password that is not there."""
        section = backend.settings().service
        password = (
            read_secret(section.page_password, backend.environ).reveal()
            if section.page_password
            else ""
        )
        Keys.kept_in(backend.folder)
        door = Door(
            listen=section.listen,
            names=tuple(name.lower() for name in section.page_hosts),
            password=password,
            keys=lambda: Keys.kept_in(backend.folder),
            clock=backend.clock,
            sign_in=SignIn(backend.folder),
        )
        self._page = Page(backend)
        self._socket = _listening(section.listen, section.status_port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            make_app(self._page, door),
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            server_header=False,
            limit_concurrency=64,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._server.page = self._page
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="page", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started and self._thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.005)

    def close(self) -> None:
        """Stop answering, and end the process that reads for the page."""
        self._server.should_exit = True
        self._page.end()
        self._thread.join(_END_SECONDS)
        self._socket.close()


def _listening(address: str, port: int) -> socket.socket:
    version = ipaddress.ip_address(address).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's delay off; without, answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener
