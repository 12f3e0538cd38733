"""Everything that a service, or what stands between it and us, was seen or thought to answer."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.faults.campaign.proxy import CutError, Forward, Lie, Reply, Request, zipped

JSON_TYPE = {"content-type": "application/json"}
ODD_VALUES: tuple[object, ...] = (
    None, True, -1, 2**63, 10**30, 1e300, "text", "", "\ud800", "\x1b[31m", [], {}, [[]],
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59",
)  # fmt: skip
REORDERED = "rows turned round"
_FAR_FUTURE = "Fri, 31 Dec 9999 23:59:59 GMT"


def _error(status: int, message: str = "Service trouble", **headers: str) -> Lie:
    document = {"error": {"status": status, "message": message}}

    def lie(_: Request, __: Forward) -> Reply:
        return Reply(status, json.dumps(document).encode(), {**JSON_TYPE, **headers})

    return lie


def _quota(request: Request, forward: Forward) -> Reply:
    document = {
        "error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    }
    return Reply(429, json.dumps(document).encode(), {**JSON_TYPE, "Retry-After": "52000"})


def _after(status: int) -> Lie:
    def lie(request: Request, forward: Forward) -> Reply:
        forward()
        return Reply(status, b"", {})

    return lie


def _cut_before(_: Request, __: Forward) -> Reply:
    raise CutError


def _cut_after(_: Request, forward: Forward) -> Reply:
    forward()
    raise CutError


def _cut_in_the_body(_: Request, forward: Forward) -> Reply:
    reply = forward()
    return replace(reply, cut=len(reply.body) // 2)


def _stall(_: Request, __: Forward) -> Reply:
    time.sleep(0.6)
    raise CutError


def _body(content: bytes, **headers: str) -> Lie:
    def lie(_: Request, forward: Forward) -> Reply:
        return replace(forward(), body=content, headers={**JSON_TYPE, **headers})

    return lie


def _truncated(_: Request, forward: Forward) -> Reply:
    reply = forward()
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _trickled_head(_: Request, forward: Forward) -> Reply:
    return replace(forward(), head_trickle=0.3)


def _trickled_body(_: Request, forward: Forward) -> Reply:
    return replace(forward(), trickle=0.3)


def _document(change: Callable[[Any], Any]) -> Lie:
    """A lie about a JSON answer; what is none passes as it is."""

    def lie(_: Request, forward: Forward) -> Reply:
        reply = forward()
        document = reply.document
        if not isinstance(document, dict) or reply.status >= 400:
            return reply
        return reply.with_document(change(copy.deepcopy(document)))

    return lie


def _page(document: dict[str, Any]) -> dict[str, Any] | None:
    """The page of rows in an answer: itself, or what it holds."""
    if isinstance(document.get("items"), list):
        return document
    for key in ("items", "tracks", "artists"):
        if isinstance(document.get(key), dict) and isinstance(document[key].get("items"), list):
            found: dict[str, Any] = document[key]
            return found
    return None


def _rows(change: Callable[[list[Any]], list[Any]], *, total: bool) -> Lie:
    def changed(document: dict[str, Any]) -> dict[str, Any]:
        page = _page(document)
        if page is not None:
            page["items"] = change(page["items"])
            if total:
                page["total"] = len(page["items"])
                page["next"] = None
        return document

    return _document(changed)


def _set(**values: object) -> Lie:
    def changed(document: dict[str, Any]) -> dict[str, Any]:
        for target in (document, _page(document) or {}):
            target.update({key: value for key, value in values.items() if key in target})
        return document

    return _document(changed)


def _without(key: str) -> Lie:
    def changed(document: dict[str, Any]) -> dict[str, Any]:
        for target in (document, _page(document) or {}):
            target.pop(key, None)
        return document

    return _document(changed)


def _endless(document: dict[str, Any]) -> dict[str, Any]:
    page = _page(document)
    if page is not None and page.get("href"):
        page["next"] = page["href"]
    return document


def odd_field(number: int) -> Lie:
    """One leaf of the answer, chosen by the number, is something else than it should be."""

    def changed(document: dict[str, Any]) -> dict[str, Any]:
        leaves = list(_leaves(document))
        if leaves:
            holder, key = leaves[number * 7919 % len(leaves)]
            holder[key] = ODD_VALUES[number % len(ODD_VALUES)]
        return document

    return _document(changed)


def _leaves(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, inner in pairs:
        found.append((value, key))
        if isinstance(inner, (dict, list)):
            found.extend(_leaves(inner))
    return found


ANSWERS: Mapping[str, Lie] = {
    **{str(status): _error(status) for status in (400, 401, 403, 404, 500, 502, 503)},
    "301": _error(301, Location="http://127.0.0.1:9/elsewhere"),
    "429 without a time": _error(429),
    **{
        f"429 with {text!r}": _error(429, **{"Retry-After": text})
        for text in ("0", "-1", "nan", "30", "1000000", "1e9", "soon", _FAR_FUTURE)
    },
    "quota": _quota,
    "502 after the effect": _after(502),
    "503 after the effect": _after(503),
    "cut before": _cut_before,
    "cut after": _cut_after,
    "cut in the body": _cut_in_the_body,
    "stall": _stall,
    "empty": _body(b""),
    "a page of HTML": _body(b"<html><body>502 Bad Gateway</body></html>"),
    "truncated": _truncated,
    "deep": _body(b"[" * 100_000 + b"]" * 100_000),
    "a list": _body(b"[]"),
    "null": _body(b"null"),
    "a number": _body(b"7"),
    "a bomb": _body(zipped(b" " * 200_000_000), **{"content-encoding": "gzip"}),
    "not gzip": _body(b"{}", **{"content-encoding": "gzip"}),
    "a trickling head": _trickled_head,
    "a trickling body": _trickled_body,
    "another id": _set(id="0000000000000000000000"),
    "no id": _without("id"),
    "null snapshot": _set(snapshot_id=None),
    "constant snapshot": _set(snapshot_id="AAAA"),
}
"""Lies that any answer can be."""

PAGES: Mapping[str, Lie] = {
    "all rows null": _rows(lambda rows: [None] * len(rows), total=False),
    "most rows null": _rows(lambda rows: [*rows[:2], *[None] * len(rows[2:])], total=False),
    "no rows": _rows(lambda _: [], total=False),
    "no rows and a total of none": _rows(lambda _: [], total=True),
    "half the rows": _rows(lambda rows: rows[: len(rows) // 2], total=False),
    "half the rows as if all": _rows(lambda rows: rows[: len(rows) // 2], total=True),
    "rows twice": _rows(lambda rows: rows * 2, total=True),
    REORDERED: _rows(lambda rows: rows[::-1], total=False),
    "no total": _without("total"),
    "a total of a million": _set(total=1_000_000),
    "a total of text": _set(total="many"),
    "no items": _without("items"),
    "no next": _set(next=None),
    "an endless next": _document(_endless),
    "a next elsewhere": _set(next="http://127.0.0.1:9/v1/me/tracks?offset=50"),
}
"""Lies that only an answer with rows can be."""
