"""Every lie on every endpoint, once, for a run and over several runs, and many of them together."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.faults.campaign.accounts import Stage
from tests.faults.campaign.commands import Launcher
from tests.faults.campaign.kills import RECENT, REFRESH, Meant, judged
from tests.faults.campaign.lies import ANSWERS, PAGES, REORDERED, odd_field
from tests.faults.campaign.proxy import Forward, Lie, Proxy, Reply, Request
from tests.faults.campaign.verdict import Trial, bound

LASTING = {"once": 1, "for a run": 1, "for ever": 2}
"""How many refreshes meet the lie; "once" is one answer of the first."""
RENEWAL = "POST /api/token"
DETAILS = "PUT /v1/playlists/{id}"
IMPATIENT = ("--set", "spotify.timeout_seconds=0.25", *REFRESH)
"""A refresh that gives up soon what answers late."""
ODD_FIELDS = 8
COMBINED = 300
OUTSIDE = (
    "GET /v1/search",
    "GET /v1/artists",
    "GET /v1/albums",
    "GET /v1/me/following",
    "GET /lists",
)
"""What only lists ask for that draw on more than the account."""
AGED = timedelta(days=8)
EVERY_BEYOND = 3
"""One in so many of the lies about what lies beyond the account is told."""


@dataclass
class Liar:
    """Lies to requests of an endpoint: the first `times` of them, all for None."""

    lies: Mapping[str, Lie]
    times: int | None
    struck: int = 0
    renewed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request, forward: Forward) -> Reply:
        """Lie, or pass on."""
        lie = self.lies.get(request.endpoint)
        with self.lock:
            if lie is None or (self.times is not None and self.struck >= self.times):
                return forward()
            self.struck += 1
        return lie(request, lambda: self._passed_on(request, forward))

    def _passed_on(self, request: Request, forward: Forward) -> Reply:
        """Note a renewal that took effect: its answer may be lost, and the login with it."""
        self.renewed = self.renewed or request.endpoint == RENEWAL
        return forward()


@dataclass(frozen=True, slots=True)
class Setting:
    """The account behind the proxy, and what an honest run makes of it."""

    stage: Stage
    launcher: Launcher
    proxy: Proxy
    before: tuple[str, ...]
    wanted: tuple[str, ...]
    endpoints: tuple[str, ...]
    shown: str = ""


def set_up(stage: Stage, launcher: Launcher, proxy: Proxy) -> Setting:
    """Refresh once, change the recipe, and see which endpoints an honest refresh asks."""
    stage.log_in()
    assert launcher.run(REFRESH, stage.home).code == 0
    stage.write_config(stage.make.wanted, RECENT)
    if stage.beyond:
        assert launcher.run(("sync",), stage.home).code == 0  # what came empty is asked twice
        stage.age(AGED)
    stage.let_the_login_lapse()
    stage.mark()
    before = stage.rows
    seen: dict[str, None] = {}

    def noting(request: Request, forward: Forward) -> Reply:
        seen.setdefault(request.endpoint)
        return forward()

    proxy.lie = noting
    ended = launcher.run(REFRESH, stage.home)
    assert ended.code == 0, ended.output
    return Setting(stage, launcher, proxy, before, stage.rows, tuple(seen), stage.shown)


def single_lies(setting: Setting) -> Iterator[tuple[str, Mapping[str, Lie], str]]:
    """Each lie on each endpoint it can be told at, each as long as it lasts."""
    for endpoint in setting.endpoints:
        lies = dict(ANSWERS)
        if endpoint.startswith("GET"):
            lies |= PAGES
        lies |= {f"odd field {number}": odd_field(number) for number in range(ODD_FIELDS)}
        for name, lie in lies.items():
            for lasting in LASTING:
                yield f"{endpoint}: {name}", {endpoint: lie}, lasting


def lies_beyond(setting: Setting) -> Iterator[tuple[str, Mapping[str, Lie], str]]:
    """Lies about what lies beyond the account, and about names that are filled in."""
    found = [
        each
        for each in single_lies(setting)
        if next(iter(each[1])).startswith((*OUTSIDE, DETAILS)) and each[2] != "for ever"
    ]
    yield from found[::EVERY_BEYOND]


def combined_lies(setting: Setting, seed: int) -> Iterator[tuple[str, Mapping[str, Lie], str]]:
    """Lies on several endpoints at once."""
    rng = random.Random(seed)
    lies = {**ANSWERS, **PAGES}
    for _ in range(COMBINED):
        endpoints = rng.sample(setting.endpoints, k=rng.choice((2, 2, 3, 4)))
        names = [rng.choice(sorted(lies)) for _ in endpoints]
        words = " and ".join(f"{at}: {name}" for at, name in zip(endpoints, names, strict=True))
        chosen = {at: lies[name] for at, name in zip(endpoints, names, strict=True)}
        yield words, chosen, rng.choice(sorted(LASTING))


def tell(setting: Setting, part: str, lied: tuple[str, Mapping[str, Lie], str]) -> Trial:
    """Refresh while lied to, then twice honestly."""
    name, lies, lasting = lied
    stage, launcher = setting.stage, setting.launcher
    stage.back()
    stage.let_the_login_lapse()
    liar = Liar(lies, 1 if lasting == "once" else None)
    setting.proxy.lie = liar
    runs = [launcher.run(IMPATIENT, stage.home) for _ in range(LASTING[lasting])]
    setting.proxy.lie = lambda _, forward: forward()
    worst = max(runs, key=lambda run: (run.too_long, run.traceback, run.seconds))
    # No client can mend a renewal whose answer was lost, in a lie or since this machine was busy.
    if liar.renewed or (RENEWAL not in lies and stage.has_lapsed()):
        stage.log_in()
    allowed = bound(len(setting.before), len(setting.wanted))
    # An order that is told for a whole run is one that somebody gave the list, for all one knows.
    any_order = REORDERED in name and lasting != "once"
    meant = Meant(setting.before, (setting.wanted,), allowed, any_order)
    trial = judged(stage, launcher, (part, f"{name}, {lasting}"), worst, meant)
    if stage.beyond and stage.shown != setting.shown:
        trial = replace(trial, converged=False, words=f"it is called {stage.shown!r}")
    return trial
