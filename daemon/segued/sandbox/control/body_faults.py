"""Spoiling an answer: half a body, a page of HTML, null rows; and a write that does not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import orjson

from segued.sandbox.account.playlist import PlaylistRecord, Row, Stale
from segued.sandbox.answers import Answer
from segued.sandbox.control.faults import Fault

HTML_PAGE = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body>Please wait.</body></html>"
)


def spoiled(answer: Answer, faults: tuple[Fault, ...]) -> Answer:
    """The answer as the faults leave it. Those that do not spoil answers change nothing."""
    for fault in faults:
        if fault.kind == "truncated":
            payload = answer.payload()
            answer = replace(answer, body=payload[: len(payload) // 2])
        elif fault.kind == "not_json":
            answer = Answer(fault.status, HTML_PAGE, media_type="text/html; charset=utf-8")
        elif fault.kind == "rate_limit_bare":
            answer = replace(answer, body=None)
        elif fault.kind == "cloudflare":
            answer = Answer(403, HTML_PAGE, {"server": "cloudflare"}, "text/html; charset=utf-8")
        elif fault.kind == "null_rows" and answer.status < 300:
            answer = _with_null_rows(answer, fault.rows)
        elif fault.kind == "missing_totals" and answer.status < 300:
            answer = _without_totals(answer)
    return answer


def _with_null_rows(answer: Answer, rows: tuple[int, ...]) -> Answer:
    body = orjson.loads(answer.payload())
    inner = body.get("items", body) if isinstance(body, dict) else body
    listed = inner.get("items") if isinstance(inner, dict) else inner
    if isinstance(listed, list):
        for row in rows:
            if -len(listed) <= row < len(listed):
                listed[row] = None
    return replace(answer, body=body)


def _without_totals(answer: Answer) -> Answer:
    body = orjson.loads(answer.payload())
    for row in body.get("items", ()):
        for name in ("items", "tracks"):
            if isinstance(row, dict) and isinstance(row.get(name), dict):
                row[name].pop("total", None)
    return replace(answer, body=body)


def misbehave(
    record: PlaylistRecord,
    before: tuple[tuple[Row, ...], int],
    faults: tuple[Fault, ...],
    now: datetime,
) -> None:
    """Have a playlist that was just written show, or be, as it was `before` (rows and version)."""
    rows, version = before
    for fault in faults:
        if fault.kind == "no_effect":
            record.rows, record.version = rows, version
        if fault.kind not in ("stale_rows", "stale_snapshot"):
            continue
        stale_rows = fault.kind == "stale_rows"
        stale = next((each for each in record.stale if (each.rows is not None) == stale_rows), None)
        if stale is None:
            stale = Stale(rows if stale_rows else None, None if stale_rows else version)
            record.stale.append(stale)
        stale.reads = fault.reads
        stale.until = now + timedelta(seconds=fault.seconds) if fault.seconds else None
