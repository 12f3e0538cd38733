"""The page of one service: what it asks and begins, and how its parts are drawn and sent.

A page is sent as it becomes ready: its head at once, its body when the process that reads the
state has answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from segue.names import plural
from segue.recipe.recipe import Recipe
from segued.config.schedule.zone import local_time
from segued.config.schema import playlist_key
from segued.config.secrets import without_controls
from segued.page.now import Actions, Backend, standing
from segued.page.reader import Answer, Reader, ReaderError

log = logging.getLogger(__name__)

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
        self._drawing = asyncio.Lock()
        self._drawn, self._drawn_at = b"", -LOOK_SECONDS

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
            "form_token": request.scope["keys"].form_token(session),
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
                except Exception:  # the head is sent: a bug is said where the body would be
                    log.exception("%s could not be drawn", name)
                    yield self.render("trouble.html", text="A bug in Segue; the log says more.")
            yield self.render("foot.html", **shell)

        return StreamingResponse(parts(), media_type="text/html; charset=utf-8")

    def recipe(self, request: Request) -> Recipe:
        """The recipe that an address names by its id. Raises HTTPException."""
        wanted = request.path_params["recipe"]
        for recipe in self.backend.settings().playlists:
            if recipe.id == wanted:
                return recipe
        raise HTTPException(404, "The configuration has no playlist of this id.")

    async def live(self) -> bytes:
        """What changes by itself on a page, as an event; drawn once for all who listen."""
        async with self._drawing:
            now = asyncio.get_running_loop().time()
            if now - self._drawn_at >= LOOK_SECONDS:
                self._drawn, self._drawn_at = await asyncio.to_thread(self._draw_live), now
            return self._drawn

    def _draw_live(self) -> bytes:
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
                found = await self.live()
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


STATIC: Mapping[str, str] = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "map.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""Every file that is served as it is, and its type."""

_UNITS = ((3600, "h"), (60, "min"))


@cache
def static(name: str) -> bytes:
    """The bytes of a file in `static`."""
    return (files("segued.page") / "static" / name).read_bytes()


@cache
def static_address(name: str) -> str:
    """Where a static file is: another address whenever it is another file."""
    return f"/static/{name}?{sha256(static(name)).hexdigest()[:10]}"


def environment(clock: Callable[[], datetime]) -> Environment:
    """The templates; times in them are said beside `clock`'s present."""
    made = Environment(
        loader=PackageLoader("segued.page"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_address
    made.filters["ago"] = lambda moment: ago(moment, clock())
    made.filters["within"] = lambda moment: within(moment, clock())
    made.filters["local"] = local
    made.filters["lasting"] = play_length
    made.filters["thousands"] = lambda number: f"{number:,}".replace(
        ",", "\N{NARROW NO-BREAK SPACE}"
    )
    made.filters["plural"] = plural
    made.filters["coded"] = coded
    return made


def _shown(value: object) -> object:
    """A value as a page may show it; what was escaped already (`|e`) stays as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return without_controls(value)


def coded(text: str) -> Markup:
    """Text in which what stands in backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    code = Markup("<code>{}</code>")
    found = (code.format(part) if n % 2 else escape(part) for n, part in enumerate(parts))
    return Markup("").join(found)


def ago(moment: datetime | str | None, now: datetime) -> str:
    """How long ago a moment was: "3 h ago"; "never" for None."""
    if moment is None:
        return "never"
    seconds = (now - _moment(moment)).total_seconds()
    return "just now" if seconds < 60 else f"{_span(seconds)} ago"


def within(moment: datetime | str | None, now: datetime) -> str:
    """In how long a moment comes: "in 3 h"; "in a moment" for one that has passed."""
    if moment is None:
        return ""
    seconds = (_moment(moment) - now).total_seconds()
    return "in a moment" if seconds < 60 else f"in {_span(seconds)}"


def local(moment: datetime | str | None) -> str:
    """A moment by this machine's clock: "Thu 26 Nov 2026, 17:05"."""
    return "" if moment is None else local_time(_moment(moment))


def play_length(milliseconds: int | None) -> str:
    """How long music is: "3:05", from an hour on "1 h 12 min"."""
    seconds = round((milliseconds or 0) / 1000)
    if seconds >= 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
    return f"{seconds // 60}:{seconds % 60:02d}"


def _moment(moment: datetime | str) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _span(seconds: float) -> str:
    """A length of time in its largest unit: of days up to two months, then of months."""
    if seconds >= 60 * 86400:
        return plural(round(seconds / (30.44 * 86400)), "month")
    if seconds >= 2 * 86400:
        return plural(int(seconds // 86400), "day")
    size, name = next(unit for unit in _UNITS if seconds >= unit[0])
    return f"{int(seconds // size)} {name}"
