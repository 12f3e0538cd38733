"""Spoiling an answer: half a body, a page of HTML, null rows."""

from __future__ import annotations

from dataclasses import replace

import orjson

from segued.sandbox.answers import Answer
from segued.sandbox.faults import Fault

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
            if isinstance(row.get(name), dict):
                row[name].pop("total", None)
    return replace(answer, body=body)
