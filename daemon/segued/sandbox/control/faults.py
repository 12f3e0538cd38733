"""Faults that can be switched on: what goes wrong, on which request, how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Literal, get_args

import orjson

from segued.sandbox.account.listener import PlaylistRecord, Row, Stale
from segued.sandbox.calls import Answer

FaultKind = Literal[
    "rate_limit",
    "rate_limit_bare",
    "quota",
    "error_before",
    "error_after",
    "cut_before",
    "cut_after",
    "cut_body",
    "stall",
    "slow_body",
    "truncated",
    "not_json",
    "expired_token",
    "revoked_token",
    "false_invalid_grant",
    "deny_login",
    "edit",
    "null_rows",
    "missing_totals",
    "stale_rows",
    "stale_snapshot",
    "no_effect",
    "late_write",
    "played_at_start",
    "cloudflare",
]
KINDS: tuple[str, ...] = get_args(FaultKind)
Edit = Callable[[], object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong.

    It strikes requests of `method` (None: any) to `endpoint`, a template as the request log
    names it such as "/playlists/{id}/items" (None: any): the first from the `nth` on, `times`
    times (None: for ever). What each kind does:

    - `rate_limit`, `quota`: 429 with `retry_after` (None: without the header), nothing done;
      `rate_limit_bare` is one without a body, as was seen too.
    - `error_before`, `error_after`: `status`, before or after the request took effect.
    - `cut_before`, `cut_after`, `cut_body`: the connection ends before or after the effect
      without an answer, or in the middle of the body.
    - `stall`: `seconds` pass before the answer; `slow_body`: they pass while it trickles.
    - `truncated`: half the body as if it were whole; `not_json`: a page of HTML, with `status`
      (200 if that is an error status nobody asked for). `cloudflare`: 403 and a page of HTML.
    - `expired_token`, `revoked_token`: 401. `false_invalid_grant`: what the token endpoint once
      said in an outage. `deny_login`: the person at the authorise page says no.
    - `edit`: before the request is answered, a person changes the account: `edit` is called, or
      described as `{"action": "add", "playlist_id": …, "uris": […]}`.
    - `null_rows`: the rows at `rows` of the page answered are null (negative: from its end).
    - `missing_totals`: playlists in a list do not say how many rows they have.
    - `stale_rows`, `stale_snapshot`: a write is done, but for `reads` reads (None: any number) or
      `seconds` after it (0: for ever) the playlist is answered with the rows or the snapshot id it
      had before the first write this struck.
    - `no_effect`: a write to a playlist is answered as if it were done, and nothing changes.
    - `late_write`: the connection ends without an answer, and the request takes effect `seconds`
      later (0: when `Sandbox.land` is called).
    - `played_at_start`: plays are noted at their start instead of their end.
    """

    kind: FaultKind
    method: str | None = None
    endpoint: str | None = None
    nth: int = 1
    times: int | None = 1
    status: int = 503
    retry_after: str | int | None = None
    seconds: float = 0.0
    edit: Edit | None = None
    rows: tuple[int, ...] = (0,)
    reads: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are: {', '.join(KINDS)}")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("nth and times count from 1")
        if self.kind == "edit" and self.edit is None:
            raise ValueError("a fault of kind edit needs what is edited")

    def matches(self, method: str, endpoint: str) -> bool:
        """Whether a request is one that this fault can strike."""
        return self.method in (None, method) and self.endpoint in (None, endpoint)


@dataclass(slots=True)
class ArmedFault:
    """A fault that waits: how many matching requests it saw, how many it struck."""

    fault: Fault
    seen: int = 0
    struck: int = 0

    def strikes(self) -> bool:
        """Count one matching request and say whether it is struck."""
        self.seen += 1
        if self.seen < self.fault.nth:
            return False
        self.struck += 1
        return True

    @property
    def spent(self) -> bool:
        """Whether it will never strike again."""
        return self.fault.times is not None and self.struck >= self.fault.times


@dataclass(slots=True)
class FaultBoard:
    """The faults that are switched on, in the order in which they were."""

    armed: list[ArmedFault] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock, repr=False)

    def add(self, *faults: Fault) -> None:
        """Switch faults on."""
        with self.lock:
            self.armed.extend(ArmedFault(fault) for fault in faults)

    def clear(self) -> None:
        """Switch all faults off."""
        with self.lock:
            self.armed.clear()

    def strike(self, method: str, endpoint: str) -> tuple[Fault, ...]:
        """The faults that strike this request, each counted."""
        with self.lock:
            struck = [
                armed.fault
                for armed in self.armed
                if armed.fault.matches(method, endpoint) and armed.strikes()
            ]
            self.armed = [armed for armed in self.armed if not armed.spent]
            return tuple(struck)


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
