"""The page: its addresses, and what each answers.

A page is sent as it becomes ready: its head at once, its body when the process that reads the
state has answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from segue.recipe.recipe import Recipe
from segued.page.access import SESSION_TIME
from segued.page.actions import Actions
from segued.page.guard import Door, Gate, cookie_name
from segued.page.now import Backend, standing
from segued.page.reader import Answer, Reader, ReaderError
from segued.page.rendering import STATIC, environment, static

LOOK_SECONDS = 0.5
MOST_LISTENERS = 16

_SEE_OTHER = 303
Parts = Mapping[str, object]


class Page:
    """The page of one service: what it asks, what it begins, and how it is drawn."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.reader = Reader(backend.environ)
        self.actions = Actions(backend)
        self._templates = environment(backend.clock)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()
        self._listeners = 0

    async def ended(self) -> None:
        """Return when the page is to end, having ended what it started."""
        self._loop = asyncio.get_running_loop()
        await self._ending.wait()
        await self.reader.close()

    def end(self) -> None:
        """Have the page end; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ending.set)

    def render(self, name: str, **values: object) -> str:
        """A template with what it needs."""
        return self._templates.get_template(name).render(**values)

    async def ask(self, question: str, **values: object) -> Answer:
        """The answer to a question about the state. Raises ReaderError."""
        text, file = self.backend.config()
        return await self.reader.ask(question, config_text=text, config_source=str(file), **values)

    def shell(self, request: Request, title: str, here: str) -> dict[str, object]:
        """What every page's head needs."""
        session = request.scope["session"]
        settings = self.backend.settings()
        return {
            "title": title,
            "here": here,
            "form_token": self.keys_of(request).form_token(session),
            "playlists": settings.playlists,
            "ended": self.actions.ended,
            "jobs": self.backend.jobs(),
        }

    def keys_of(self, request: Request) -> Any:
        """The secret that the gate went by."""
        return request.app.state.door.keys()

    def send(
        self,
        name: str,
        shell: Parts,
        first: Parts,
        body: Callable[[], Awaitable[Parts]] | None = None,
    ) -> Response:
        """A page: its head and what is known at once, then its body when that is known.

        `NAME.html` is drawn with `first`; then `NAME_body.html` with what `body` gives too.
        """

        async def parts() -> AsyncIterator[str]:
            known = {**shell, **first}
            yield self.render("head.html", **shell) + self.render(f"{name}.html", **known)
            if body is not None:
                try:
                    found = await body()
                    yield self.render(f"{name}_body.html", **{**known, **found})
                except ReaderError as error:
                    yield self.render("trouble.html", text=str(error))
            yield self.render("foot.html", **shell)

        return StreamingResponse(parts(), media_type="text/html; charset=utf-8")

    def recipe(self, request: Request) -> Recipe | None:
        """The recipe that an address names by its id."""
        wanted = request.path_params["recipe"]
        return next((one for one in self.backend.settings().playlists if one.id == wanted), None)

    def live(self) -> bytes:
        """What changes by itself on a page, as an event."""
        found = standing(self.backend)
        data = {
            "strip": self.render("strip.html", jobs=found["jobs"]),
            "live": self.render("live.html", **found),
            "account": self.render("account.html", **found),
            "ended": self.actions.ended,
        }
        return b"data: " + orjson.dumps(data) + b"\n\n"

    async def events(self) -> AsyncIterator[bytes]:
        """An event whenever something has changed, until the page ends."""
        self._listeners += 1
        sent, quiet = b"", 0.0
        try:
            while not self._ending.is_set():
                found = await asyncio.to_thread(self.live)
                if found != sent:
                    sent, quiet = found, 0.0
                    yield found
                elif quiet >= 20:
                    quiet = 0.0
                    yield b": still here\n\n"
                quiet += LOOK_SECONDS
                try:
                    await asyncio.wait_for(self._ending.wait(), LOOK_SECONDS)
                except TimeoutError:
                    continue
        finally:
            self._listeners -= 1

    @property
    def crowded(self) -> bool:
        """Whether as many listen already as may."""
        return self._listeners >= MOST_LISTENERS


def page_of(request: Request) -> Page:
    """The page that a request is for."""
    page: Page = request.app.state.page
    return page


async def now(request: Request) -> Response:
    """Now: what runs and waits, the account, and the playlists with their ages."""
    page = page_of(request)

    async def body() -> Parts:
        return {**await page.ask("overview"), "states": page.backend.scheduler.states()}

    shell = page.shell(request, "Now", "now")
    return page.send("now", shell, standing(page.backend), body)


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
        return refused(page, 404, "There is no such schedule.")
    page.actions.pause(key, resume=form.get("resume") == "yes")
    return RedirectResponse(_back(form), _SEE_OTHER)


async def sync(request: Request) -> Response:
    """Read the account."""
    page = page_of(request)
    page.actions.begin("sync", "sync")
    return RedirectResponse(_back(request.scope["form"]), _SEE_OTHER)


def _back(form: Mapping[str, str]) -> str:
    """Where a form came from, within the page."""
    place = form.get("back", "/")
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/"


async def open_link(request: Request) -> Response:
    """Sign in by a link of `segue page`."""
    page, door = page_of(request), request.app.state.door
    token = request.query_params.get("token", "")
    if not door.sign_in.by_link(door.keys(), token, door.clock()):
        return refused(page, 401, "This link was used already, or is older than ten minutes.")
    return _signed_in(request, door)


async def sign_in(request: Request) -> Response:
    """Sign in by password."""
    page, door = page_of(request), request.app.state.door
    given = request.scope["form"].get("password", "")
    if request.method != "POST" or not door.password:
        return refused(page, 401, "", bool(door.password))
    right = door.sign_in.by_password(given, door.password, door.clock())
    if right is None:
        return refused(page, 429, "Too many wrong passwords. Try again in a minute.", True)
    if not right:
        return refused(page, 401, "That is not the password.", True)
    return _signed_in(request, door)


def _signed_in(request: Request, door: Door) -> Response:
    answer = RedirectResponse("/", _SEE_OTHER)
    answer.set_cookie(
        cookie_name(request.scope),
        door.keys().session(door.clock()),
        max_age=int(SESSION_TIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def refused(page: Page, code: int, text: str, password: bool = False) -> Response:
    """A page that says why there is nothing to see."""
    shown = page.render("refused.html", code=code, text=text, password=password)
    return Response(shown, code, media_type="text/html; charset=utf-8")


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
    Route("/events", events),
    Route("/pause", pause, methods=["POST"]),
    Route("/sync", sync, methods=["POST"]),
    Route("/open", open_link),
    Route("/sign-in", sign_in, methods=["GET", "POST"]),
    Route("/static/{name}", static_file),
    Route("/healthz", healthz),
    Route("/metrics", metrics),
]


def make_app(page: Page, door: Door) -> ASGIApp:
    """The application behind its gate."""
    app = Starlette(routes=ROUTES)
    app.state.page, app.state.door = page, door
    return Gate(app, door, lambda code, text: refused(page, code, text, bool(door.password)))
