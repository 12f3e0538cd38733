"""Kill -9 at every step of whatever changes something, and see what two healthy runs make of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.faults.campaign.accounts import Stage
from tests.faults.campaign.commands import Ended, Launcher
from tests.faults.campaign.verdict import Trial, bound

REFRESH = ("refresh",)
TABLE = "features.csv"
UNDO, RENEWAL = "undo", "login renewal"
LOGIN_NEEDED = 4
RECENT = "[playlist.score]\nrecency = 1.0\n"


@dataclass(frozen=True, slots=True)
class Scene:
    """Something to be killed: how the stage is set, and the command.

    `each_time` is done before every kill. With `again` the command is given once more afterwards,
    as its user would, before the healthy refreshes; without, the list of before may stay when the
    kill came before anything was sent.
    """

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Stage, Launcher], None]
    each_time: Callable[[Stage], None] = lambda _: None
    again: bool = False


def _refreshed(stage: Stage, launcher: Launcher) -> None:
    stage.log_in()
    _run(launcher, stage, REFRESH)
    stage.write_config(stage.make.wanted, RECENT)


def _to_undo(stage: Stage, launcher: Launcher) -> None:
    _refreshed(stage, launcher)
    _run(launcher, stage, REFRESH)


def _fresh(stage: Stage, _: Launcher) -> None:
    stage.log_in()


def _synced(stage: Stage, launcher: Launcher) -> None:
    _refreshed(stage, launcher)
    _run(launcher, stage, ("sync",))


def _cut_off(stage: Stage, launcher: Launcher) -> None:
    """A refresh that died in the middle of its write: the next command recovers first."""
    _refreshed(stage, launcher)
    stage.mark()
    steps = _run(launcher, stage, REFRESH).steps or 0
    stage.back()
    for kill_at in range(steps - steps // 8, 0, -1):
        launcher.run(REFRESH, stage.home, kill_at=kill_at)
        if any((stage.home / "state" / "journal").glob("*.json")) and stage.writes():
            return
        stage.back()


def _table(stage: Stage, launcher: Launcher) -> None:
    _refreshed(stage, launcher)
    ids = [uri.rsplit(":", 1)[1] for uri in stage.rows if uri.startswith("spotify:track:")]
    rows = "\n".join(f"{track_id},0.{n % 10},120" for n, track_id in enumerate(ids))
    (stage.home / TABLE).write_text(f"id,energy,tempo\n{rows}\n")


@dataclass(frozen=True, slots=True)
class Meant:
    """The list before, those that may stand there in the end (any for none), and the bound.

    `any_order`: in whatever order, where the account was said to have been put into another one.
    """

    before: Sequence[str]
    wanted: tuple[Sequence[str], ...]
    bound: int
    any_order: bool = False

    def allows(self, rows: Sequence[str]) -> bool:
        """Whether these rows may stand there in the end."""
        order = sorted if self.any_order else list
        return not self.wanted or order(rows) in [order(each) for each in self.wanted]


SCENES = (
    Scene("refresh", REFRESH, _refreshed),
    Scene(UNDO, ("undo", "NAME"), _to_undo),
    Scene("recovery", REFRESH, _cut_off),
    Scene("sync", ("sync",), _fresh, again=True),
    Scene("enrich", ("enrich",), _synced, again=True),
    Scene(RENEWAL, REFRESH, _refreshed, each_time=Stage.let_the_login_lapse),
    Scene("import", ("import", "features", "TABLE"), _table, again=True),
)


def kills(
    stage: Stage, launcher: Launcher, scene: Scene, *, most: int, seed: int
) -> Iterator[Trial]:
    """Kill the scene's command at its steps in turn, at a seeded sample where there are many."""
    scene.prepare(stage, launcher)
    stage.mark()
    before = stage.rows
    scene.each_time(stage)
    steps = _run(launcher, stage, _placed(scene, stage)).steps
    assert steps is not None, f"{scene.name} on {stage.make.name} did not end: {_words(launcher)}"
    killed = stage.rows
    for _ in range(2):
        _run(launcher, stage, REFRESH)
    wanted = stage.rows
    points = range(1, steps + 1)
    if steps > most:
        points = sorted(random.Random(seed).sample(points, most))  # type: ignore[assignment]
    for kill_at in points:
        stage.back()
        scene.each_time(stage)
        ended = launcher.run(_placed(scene, stage), stage.home, kill_at=kill_at)
        if scene.again:
            _run(launcher, stage, _placed(scene, stage))
        if scene.name == RENEWAL and launcher.run(("sync",), stage.home).code == LOGIN_NEEDED:
            stage.log_in()  # killed between Spotify's new token and its being stored
        name = f"{scene.name} of {stage.make.name}, step {kill_at} of {steps}"
        allowed = bound(len(before), min(len(killed), len(wanted)))
        right = (wanted, killed, before) if scene.name == UNDO else (wanted, killed)
        yield judged(stage, launcher, ("kills", name), ended, Meant(before, right, allowed))


def judged(
    stage: Stage,
    launcher: Launcher,
    title: tuple[str, str],
    ended: Ended,
    meant: Meant,
) -> Trial:
    """What two healthy runs make of it."""
    stage.time_passes()
    healthy = []
    for _ in range(2):
        stage.writes()
        healthy.append(launcher.run(REFRESH, stage.home))
    silent = stage.writes() == 0
    settled = meant.allows(stage.rows) and len(set(stage.names)) == len(stage.names)
    runs = [ended, *healthy]
    wrong = [run.output.strip()[-300:] for run in runs if run.traceback or run.too_long]
    converged = settled and silent and all(run.code == 0 for run in healthy)
    before = tuple(meant.before)
    lost = before != stage.rows and before not in stage.kept()
    if not converged and not wrong:
        wrong = [f"{len(stage.rows)} rows, exit {healthy[-1].code}: {healthy[-1].output[-300:]}"]
    return Trial(
        part=title[0],
        name=title[1],
        smallest=stage.smallest[stage.playlist_id],
        bound=meant.bound,
        lost=lost,
        converged=converged,
        traceback=any(run.traceback for run in runs),
        seconds=max(run.seconds for run in runs),
        too_long=any(run.too_long for run in runs),
        words=" | ".join(wrong).replace("\n", " "),
    )


def _placed(scene: Scene, stage: Stage) -> tuple[str, ...]:
    places = {"NAME": stage.name, "TABLE": str(stage.home / TABLE)}
    return tuple(places.get(word, word) for word in scene.arguments)


def _run(launcher: Launcher, stage: Stage, arguments: Sequence[str]) -> Ended:
    ended = launcher.run(arguments, stage.home)
    assert ended.code == 0, f"{arguments} ended with {ended.code}: {ended.output}"
    return ended


def _words(launcher: Launcher) -> str:
    return launcher.output.read_text(errors="replace")
