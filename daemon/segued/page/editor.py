"""The addresses of the recipes: a list of them, an editor for one, its check and its saving."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from segue.errors import SegueError
from segued.config.load import read_text
from segued.page.editing import NEW, blocks, save
from segued.page.reader import ReaderError
from segued.page.view import SEE_OTHER, Parts, page_of, refused


async def recipes(request: Request) -> Response:
    """The recipes of the file, and what each would hold."""
    page = page_of(request)

    async def body() -> Parts:
        return await page.ask("recipes")

    return page.send("recipes", page.shell(request, "Recipes", "recipes"), {}, body)


async def editor(request: Request) -> Response:
    """One recipe's text, beside its plan."""
    page, place = page_of(request), request.path_params["place"]
    if place != "new" and not place.isdecimal():
        return refused(page, 404, "There is no such recipe.")
    index = NEW if place == "new" else int(place)
    saved = "saved" in request.query_params

    async def body() -> Parts:
        found = await page.ask("editor", index=index)
        return {**found, **await page.ask("check", index=index, text=found["text"]),
                "said": "Saved." if saved else "", "good": saved}  # fmt: skip

    return page.send("editor", page.shell(request, "A recipe", "recipes"), {}, body)


async def check_recipe(request: Request) -> Response:
    """What an edited recipe would make, or its mistakes; nothing is written."""
    page, form = page_of(request), request.scope["form"]
    try:
        found = await page.ask("check", index=_index(form), text=form.get("text", ""))
        shown = page.render("check.html", **found)
    except ReaderError as error:
        shown = page.render("trouble.html", text=str(error))
    return Response(shown, media_type="text/html; charset=utf-8")


async def save_recipe(request: Request) -> Response:
    """Write an edited recipe into the file, and have the service read it; the account stays."""
    page, form = page_of(request), request.scope["form"]
    index, text = _index(form), form.get("text", "")
    environ, (_, file) = page.backend.environ, page.backend.config()
    try:
        problems = await asyncio.to_thread(save, file, form.get("digest", ""), index, text, environ)
        said = "It was not saved: it has mistakes."
    except SegueError as error:
        problems, said = (), f"It was not saved: {error}"
    else:
        if not problems:
            page.backend.reload()
            place = len(blocks(await asyncio.to_thread(read_text, file))) - 1
            return RedirectResponse(f"/recipes/{place if index == NEW else index}?saved", SEE_OTHER)

    async def body() -> Parts:
        kept = {"index": index, "name": "", "text": text, "digest": form.get("digest", "")}
        return {**kept, **await page.ask("check", index=index, text=text), "said": said,
                "good": False}  # fmt: skip

    return page.send("editor", page.shell(request, "A recipe", "recipes"), {}, body)


def _index(form: Mapping[str, str]) -> int:
    given = form.get("index", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else NEW
