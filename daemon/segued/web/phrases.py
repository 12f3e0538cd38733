"""What is said of a service that did not do what it was asked: the sentences of each service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences for one service, as templates.

    `{asked}` is the endpoint or path, `{status}` the HTTP status, `{said}` what the service itself
    says (a sentence with a blank before it, or nothing), `{until}` a time, `{cause}` what went
    wrong on the way. `wait_unsaid` and `quota_wait_unsaid` are how long to stay away where a
    refusal does not say.
    """

    name: str
    redirected: str
    forbidden: str
    missing: str
    unavailable: str
    refused: str
    unreachable: str
    garbled: str
    limited: str
    quota: str
    cooling: str
    cooling_quota: str
    wait_unsaid: timedelta
    quota_wait_unsaid: timedelta = timedelta(hours=24)
