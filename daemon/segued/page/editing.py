"""Editing one recipe in the text of the configuration: everything else stays, letter for letter."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from segue.errors import ConfigError, Problem, SegueError, UsageError
from segued.config.load import check, read_text
from segued.page.reader import ReaderError
from segued.page.view import SEE_OTHER, Parts, page_of

NEW = -1
"""The index of a recipe that is not in the file yet."""

TEMPLATE = """[[playlist]]
name = "Sunday Morning"
from = "liked"
length = 30
# schedule = "0 8 * * sun"

[playlist.sequence]
arc = "ramp"
"""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_QUOTES = re.compile(r'"""|\'\'\'')


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one `[[playlist]]`, from the comment above it on: `start` to before `end`."""

    start: int
    end: int
    text: str


def blocks(text: str) -> tuple[Block, ...]:
    """Every `[[playlist]]` of a configuration with the tables below it, in order."""
    lines = text.splitlines(keepends=True)
    heads: list[tuple[int, bool]] = []  # where a block begins, and whether it is a playlist
    quoted = ""
    for number, line in enumerate(lines):
        if not quoted and (found := _HEADER.match(line)):
            name = found[2].split(".")[0].strip().strip("\"'")
            if found[1] == "[[" and found[2].strip("\"' ") == "playlist":
                heads.append((_with_comment(lines, number), True))
            elif name != "playlist":
                heads.append((_with_comment(lines, number), False))
        for mark in _QUOTES.findall(line.partition("#")[0] if not quoted else line):
            quoted = "" if quoted == mark else quoted or mark
    ends = [start for start, _ in heads[1:]] + [len(lines)]
    pairs = zip(heads, ends, strict=True)
    return tuple(
        Block(start, end, "".join(lines[start:end])) for (start, ours), end in pairs if ours
    )


def _with_comment(lines: list[str], number: int) -> int:
    """The first line of the comment that stands right above a heading, else the heading's."""
    while number and lines[number - 1].lstrip().startswith("#"):
        number -= 1
    return number


def replaced(text: str, index: int, block: str) -> tuple[str, int]:
    """The configuration with another text for one recipe, and the line it begins at, from 0.

    Raises UsageError where something else would change by it.
    """
    block = block.replace("\r\n", "\n").rstrip() + "\n"
    known = blocks(text)
    if index == NEW:
        before = text.rstrip("\n") + "\n\n" if text.strip() else ""
        _check_the_rest(text, before + block, len(known))
        return before + block, before.count("\n")
    if not 0 <= index < len(known):
        raise UsageError("this recipe is no longer in the file; load the page again")
    lines = text.splitlines(keepends=True)
    old = known[index]
    gap = old.text[len(old.text.rstrip()) :].count("\n") - 1
    new = "".join(lines[: old.start]) + block + "\n" * max(gap, 0) + "".join(lines[old.end :])
    _check_the_rest(text, new, index)
    return new, old.start


def _check_the_rest(old: str, new: str, index: int) -> None:
    """Nothing but this recipe may be another, whatever was typed into it."""
    try:
        before, after = tomllib.loads(old), tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return  # the check of the whole reports it with its line
    lists = [found.pop("playlist", []) for found in (before, after)]
    for recipes in lists[:1]:
        recipes += [None] * (index + 1 - len(recipes))  # a new one
    same = before == after and len(lists[0]) == len(lists[1])
    if not same or any(a != b for n, (a, b) in enumerate(zip(*lists, strict=True)) if n != index):
        raise UsageError("a recipe is one [[playlist]] with its tables, and nothing else")


def problems_in(text: str, source: str, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """Every mistake of a configuration; none where it is right."""
    try:
        check(text, source, environ)
    except ConfigError as error:
        return error.problems
    return ()


def digest(text: str) -> str:
    """What tells one text of the file from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save(
    file: Path, seen: str, index: int, block: str, environ: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Write one recipe into the configuration; the mistakes for which it was not, if any.

    `seen` is the digest of the text that was edited. Raises UsageError where the file has become
    another meanwhile or cannot be written; it is then as it was.
    """
    text = read_text(file)
    if digest(text) != seen:
        raise UsageError("the file was changed meanwhile; copy your text, and load the page again")
    new, _ = replaced(text, index, block)
    found = problems_in(new, str(file), environ)
    if not found:
        _write(file.resolve(), new)
    return found


def _write(file: Path, text: str) -> None:
    """Replace a file whole or not at all; it keeps its mode."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(file, temporary)
        temporary.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise UsageError(f"{file} cannot be written: {error.strerror}; it is as it was") from error


async def recipes(request: Request) -> Response:
    """The recipes of the file, and what each would hold."""
    page = page_of(request)

    async def body() -> Parts:
        return await page.ask("recipes")

    return page.send("recipes", page.shell(request, "Recipes", "recipes"), {}, body)


async def editor(request: Request) -> Response:
    """One recipe's text, beside its plan."""
    page, place = page_of(request), request.path_params["place"]
    index = _index({"index": place})
    if place != "new" and index == NEW:
        raise HTTPException(404, "There is no such recipe.")
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
