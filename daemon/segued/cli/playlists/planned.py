"""A plan as people read it: the list, what changes, how well it flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from segue.names import plural, track_id_in
from segue.playlists.plan import Plan, PlannedItem, ReportValue
from segued.cli.output import ROOMY, Row, clock_length, play_length, print_rows, table

if TYPE_CHECKING:
    from segued.store.state import State


Title = Callable[[str], str]
"""The words for a URI that is not in the plan itself: "Title, Artist"."""

_MOST_REMOVED = 12


def print_plan(
    console: Console, plan: Plan, title: Title, *, verbose: bool, transitions: bool = False
) -> None:
    """Print one plan. With nothing to change only a line, unless more is asked for.

    How each track follows the one before is shown where there is room for a column of its own, and
    with `transitions` on a narrow terminal too.
    """
    _print_head(console, plan)
    if plan.diff.empty and not verbose:
        return
    if plan.after:
        print_rows(console, _rows(plan, follows=transitions or console.width >= ROOMY))
    for line in _removed(plan, title):
        console.print(line, overflow="ellipsis", no_wrap=True)
    print_report(console, plan.report)


def print_result(console: Console, plan: Plan) -> None:
    """Print what became of one plan, without its list."""
    _print_head(console, plan)
    if plan.status == "changed":
        line = flow_line(plan.report)
        if line:
            console.print(f"     {line}")


def _print_head(console: Console, plan: Plan) -> None:
    console.print(f"[bold]{escape(plan.name)}[/]  {_headline(plan)}")
    for finding in plan.guards:
        style = "red" if finding.refused else "yellow"
        word = "refused" if finding.refused else "note"
        console.print(f"[{style}]{word}[/] {finding.guard}: {escape(finding.text)}")
    for note in plan.notes:
        console.print(f"[yellow]note[/] {escape(note)}")


def print_explanation(console: Console, plan: Plan) -> None:
    """Print why each track is here and how each follows the one before it."""
    console.print(f"[bold]{escape(plan.name)}[/]  {_size(plan)}\n")
    for note in plan.notes:
        console.print(f"[yellow]note[/] {escape(note)}")
    width = len(str(len(plan.after)))
    for position, item in enumerate(plan.after, 1):
        if item.transition is not None:
            step = f"{' ' * width}  [dim]↓ {escape(item.transition.text)}[/]"
            console.print(step, overflow="ellipsis", no_wrap=True)
        name = f"{position:>{width}}  [bold]{escape(item.title)}[/], {escape(item.artist)}"
        console.print(name, overflow="ellipsis", no_wrap=True)
        for line in _reason_lines(item):
            console.print(Padding(line, (0, 0, 0, width + 2)))
    console.print()
    print_report(console, plan.report)


def _reason_lines(item: PlannedItem) -> Iterator[str]:
    """What was weighed, a line each with its evidence, then in one line what else is known.

    Two scores may say the same of a track, as that it is the seed: once is enough.
    """
    weighed: dict[str, str] = {}
    for reason in item.reasons:
        if reason.weight:
            detail = f" [dim]· evidence: {escape(reason.detail)}[/]" if reason.detail else ""
            weighed.setdefault(reason.text, escape(reason.text) + detail)
    yield from weighed.values()
    # What a track stands between is shown by the lines between the rows.
    facts = (r.text for r in item.reasons if not r.weight and r.kind != "flow")
    rest = [text for text in dict.fromkeys(facts) if text not in weighed]
    if rest:
        yield escape("; ".join(rest))


def print_line(console: Console, plan: Plan) -> None:
    """Print one plan in one line."""
    refused = ", ".join(finding.guard for finding in plan.refusals)
    why = f": {refused}; `segue plan` says why" if refused else ""
    console.print(f"[bold]{escape(plan.name)}[/]  {_headline(plan)}{why}", soft_wrap=True)


def _headline(plan: Plan) -> str:
    if plan.status == "failed":
        return "[red]failed[/], nothing is written"
    if plan.status == "refused":
        aside = "" if plan.diff.empty else f" ({_changes(plan)} was planned)"
        return f"[red]refused[/], nothing is written{aside}"
    if plan.diff.empty:
        return f"nothing to change; {_size(plan)}"
    return f"{_size(plan)}; {_changes(plan)}"


def _size(plan: Plan) -> str:
    length = play_length(sum(item.duration_ms for item in plan.after))
    return f"{plural(len(plan.after), 'track')}, {length}"


def _changes(plan: Plan) -> str:
    diff = plan.diff
    counts = (
        (f"[green]+{len(diff.added)}[/]", len(diff.added)),
        (f"[red]−{len(diff.removed)}[/]", len(diff.removed)),
        (f"{diff.moved} moved", diff.moved),
    )
    return ", ".join(text for text, count in counts if count)


def _rows(plan: Plan, *, follows: bool) -> list[Row]:
    return [
        Row(
            title=item.title,
            artist=item.artist,
            length=clock_length(item.duration_ms),
            mark=mark,
            why=_why(item),
            follows=item.transition.text if item.transition and follows else "",
        )
        for item, mark in _marked(plan)
    ]


def _marked(plan: Plan) -> Iterator[tuple[PlannedItem, str]]:
    """Each item of the new list, marked "+" where it is added and "~" where it has to move."""
    from segue.playlists.build import rows_that_stay

    added = list(plan.diff.added)
    staying = set(rows_that_stay(plan.before, plan.uris))
    for row, item in enumerate(plan.after):
        if item.uri in added:
            added.remove(item.uri)
            yield item, "+"
        else:
            yield item, "" if row in staying else "~"


def _why(item: PlannedItem) -> str:
    """The line that tells a row apart; of plans saved before there was one the heaviest reason."""
    heaviest = max(item.reasons, key=lambda reason: reason.weight, default=None)
    return item.why or (heaviest.text if heaviest is not None else "")


def _removed(plan: Plan, title: Title) -> Iterator[str]:
    removed = plan.diff.removed
    for uri in removed[:_MOST_REMOVED]:
        yield f"[red]−[/] {escape(title(uri))}"
    if len(removed) > _MOST_REMOVED:
        yield f"[red]−[/] and {len(removed) - _MOST_REMOVED} more"


Report = Mapping[str, ReportValue | Mapping[str, ReportValue]]


@dataclass(frozen=True, slots=True)
class _Line:
    """A measure of the report: its key, its words, its digits and its unit."""

    key: str
    words: str
    digits: int = 0
    unit: str = ""


_LINES = (
    _Line("camelot_percent", "Keys that go together", 0, " %"),
    _Line("tempo_percent", "Tempos that go together", 0, " %"),
    _Line("median_tempo_step_percent", "Middle step in tempo", 1, " %"),
    _Line("artist_adjacency", "Same artist twice in a row", 0),
    _Line("worst_transition", "Cost of the worst transition", 2),
    _Line("arc_rank_correlation", "Follows the arc (1 exactly)", 2),
    _Line("objective", "Cost of the order (less is better)", 1),
)


def print_report(console: Console, report: Report) -> None:
    """Print the measures that are known: this order, the one before, and random ones."""
    before, chance = _inner(report, "before"), _inner(report, "random")
    silent, tracks = _inner(report, "unknown").get("all_features"), report.get("tracks")
    lines = [line for line in _LINES if silent != tracks or line.key == "artist_adjacency"]
    stands = ("before",) if before else ()
    drawn = table("How it flows", "now", *stands, "by chance", right=(1, 2, 3))
    for line in lines:
        now = report.get(line.key)
        if isinstance(now, int | float):
            name = "" if line.key == "objective" else f"{line.key}_"
            mean, spread = chance.get(f"{name}mean"), chance.get(f"{name}sd")
            # Objectives of lists with other members are no measure for each other.
            stood = None if line.key == "objective" else before.get(line.key)
            drawn.add_row(
                line.words,
                _number(now, line),
                *(_number(stood, line) for _ in stands),
                _spread(mean, spread, line),
            )
    if drawn.row_count:
        console.print()
        console.print(drawn)
    if "worst_joint" in report and silent != tracks:
        console.print(f"Worst transition: {report['worst_joint']}.", markup=False)
    if silent and silent == tracks:
        console.print("No audio feature of these tracks is known, so none could guide the order.")
    elif silent:
        console.print(f"Audio features are unknown for {silent} of {tracks} tracks.")


def flow_line(report: Report) -> str:
    """How it flows in one line; empty where nothing is known of it."""
    chance = _inner(report, "random")
    parts = []
    for line in _LINES[:2]:
        now, mean = report.get(line.key), chance.get(f"{line.key}_mean")
        if isinstance(now, int | float) and isinstance(mean, int | float):
            shown = (
                f"{now:.{line.digits}f}{line.unit} (by chance {mean:.{line.digits}f}{line.unit})"
            )
            parts.append(f"{line.words.split()[0].lower()} fit {shown}")
    return ", ".join(parts)


def _inner(report: Report, key: str) -> Mapping[str, ReportValue]:
    value = report.get(key)
    return value if isinstance(value, Mapping) else {}


def _number(value: ReportValue, line: _Line) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:.{line.digits}f}{line.unit}"


def _spread(mean: ReportValue, spread: ReportValue, line: _Line) -> str:
    if isinstance(mean, bool) or not isinstance(mean, int | float):
        return ""
    digits = max(line.digits, 1)
    shown = f"{mean:.{digits}f}"
    return (
        shown + (f" ± {spread:.{digits}f}" if isinstance(spread, int | float) else "") + line.unit
    )


def titles_of(state: State, playlist_id: str | None = None) -> Callable[[str], str]:
    """A function from a URI to "Title, Artist", by the library and, if given, a playlist's rows.

    A URI nothing is known of stands for itself.
    """
    playlist = state.playlists.playlist(playlist_id) if playlist_id else None
    rows = {entry.uri: entry for entry in playlist.entries} if playlist else {}

    def title(uri: str) -> str:
        track_id = track_id_in(uri)
        row = rows.get(uri)
        track = row.track if row else None
        if track is None and track_id is not None:
            track = state.library.track(track_id)
        if track is not None:
            return f"{track.title}, {track.artist_line}"
        return row.title if row and row.title else uri

    return title
