"""The page of one service: what it asks and begins, and how its parts are drawn and sent.

A page is sent as it becomes ready: its head at once, its body when the process that reads the
state has answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from segue.recipe.recipe import Recipe
from segued.config.schedule.timetable import playlist_key
from segued.page.actions import Actions
from segued.page.now import Backend, standing
from segued.page.reader import Answer, Reader, ReaderError
from segued.page.rendering import environment

LOOK_SECONDS = 0.5
MOST_LISTENERS = 16
SEE_OTHER = 303

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

    def render(self, name: str, /, **values: object) -> str:
        """A template with what it needs."""
        return self._templates.get_template(name).render(**values)

    async def ask(self, question: str, /, **values: object) -> Answer:
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

    def playlist_shell(self, request: Request, recipe: Recipe) -> dict[str, object]:
        """What the head of a playlist's page needs, its latest action among it."""
        state = self.backend.scheduler.states().get(playlist_key(recipe.id))
        found = {
            "action": self.actions.latest(recipe.id),
            "scheduled": state is not None,
            "paused": state is not None and state.paused_at is not None,
            "waiting": state.waiting_text if state is not None and state.waiting else "",
        }
        return {**self.shell(request, recipe.name, recipe.id), **found}

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


def refused(page: Page, code: int, text: str, password: bool = False) -> Response:
    """A page that says why there is nothing to see."""
    shown = page.render("refused.html", code=code, text=text, password=password)
    return Response(shown, code, media_type="text/html; charset=utf-8")
