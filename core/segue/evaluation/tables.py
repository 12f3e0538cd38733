"""The one form of every evaluation's result: a table for people, a document for programs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segue.metrics import Interval

_LOWER_IS_BETTER = frozenset({"mae", "mse", "ece", "clicks", "objective"})
_NOT_ALLOWED = "(not allowed)"

PLAIN = {
    "auc": "how often a liked track is ranked above one that is not; 0.5 is chance",
    "returns_auc": "how often a track that comes back outranks one that does not; 0.5 is chance",
    "r_precision": "the share of the hidden tracks that is found, of as many guesses",
    "r_precision_artists": "hidden tracks found of as many guesses, and a quarter an artist",
    "hit10": "the share of the hidden tracks that is among ten guesses",
    "mae": "how far the next track's features are from the guess; less is better",
    "mse": "how much is lost of the features; less is better",
    "objective": "what the order costs; less is better",
    "pairwise_accuracy": "how often a list's own order beats another of its tracks; 0.5 is chance",
    "pearson_r": "how well the moods agree with those people heard; 1 is wholly",
    "recall10": "the share of the ten nearest that is found",
}
"""What each metric that leads a table means, in words."""

OURS = "segue"
"""The method name of our row in every table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One method under one split and size. Metric keys are those of `segue.metrics`' names."""

    method: str
    metrics: Mapping[str, float]
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    split: str | None = None
    size: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The row as JSON values; a metric that is not defined is null."""
        out: dict[str, object] = {"method": self.method}
        if self.split is not None:
            out["split"] = self.split
        if self.size is not None:
            out["size"] = self.size
        for key, value in self.metrics.items():
            out[key] = _number(value)
            if key in self.intervals:
                out[f"{key}_ci"] = [_number(bound) for bound in self.intervals[key]]
        out.update(self.details)
        return out


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one run, with what was done (`protocol`), on what (`data`), over how many.

    `notes` are sentences a reader needs beside the numbers. `headline` names the split that the
    table's sentence is about, where that is not the first.
    """

    protocol: str
    data: str
    n: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    headline: str | None = None

    def document(self) -> dict[str, object]:
        """{"protocol", "data", "n", "rows", "notes"} as JSON values."""
        return {
            "protocol": self.protocol,
            "data": self.data,
            "n": self.n,
            "rows": [row.document() for row in self.rows],
            "notes": list(self.notes),
        }

    def sentence(self) -> str:
        """In one sentence: how ours does beside the best of the others, by the first metric."""
        rows = [row for row in self.rows if _NOT_ALLOWED not in row.method]
        mine_all = [row for row in rows if row.method == OURS]
        if not mine_all:
            return f"Measured on {self.data}."
        about = self.headline or mine_all[0].split
        of_split = [row for row in mine_all if row.split == about] or mine_all[:1]
        ours = max(of_split, key=lambda row: row.size or 0)
        metric = next(iter(ours.metrics))
        mine = ours.metrics[metric]
        sign = -1.0 if metric in _LOWER_IS_BETTER else 1.0
        others = [
            row
            for row in rows
            if (row.split, row.size) == (ours.split, ours.size)
            and not row.method.startswith(OURS)
            and math.isfinite(row.metrics.get(metric, math.nan))
        ]
        where = f", {ours.split}," if ours.split else ""
        what = PLAIN.get(metric, metric)
        if not others or not math.isfinite(mine):
            return f"In plain words: on {self.data}{where} Segue has {mine:.3g} ({what})."
        best = max(others, key=lambda row: sign * row.metrics[metric])
        theirs = best.metrics[metric]
        ahead = sign * (mine - theirs)
        verb = "does better than" if ahead > 0 else "is level with" if ahead == 0 else "is behind"
        return (
            f"In plain words: on {self.data}{where} Segue {verb} the best other way, "
            f"{best.method}: {mine:.3g} against {theirs:.3g} ({what})."
        )

    def text(self) -> str:
        """The table in plain text, columns aligned; intervals stand in brackets."""
        keys = list(dict.fromkeys(key for row in self.rows for key in row.metrics))
        heads = ["split"] if any(row.split is not None for row in self.rows) else []
        heads += ["size"] if any(row.size is not None for row in self.rows) else []
        lines = [[*heads, "method", *keys]]
        for row in self.rows:
            labels = {"split": row.split or "", "size": "" if row.size is None else str(row.size)}
            cells = [_shown(row, key) for key in keys]
            lines.append([*(labels[head] for head in heads), row.method, *cells])
        body = _aligned(lines, n_left=len(heads) + 1)
        head = f"{self.protocol}\ndata: {self.data}, n = {self.n}"
        return "\n".join([head, "", *body, *(["", *self.notes] if self.notes else [])])


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _shown(row: Row, key: str) -> str:
    if key not in row.metrics or not math.isfinite(row.metrics[key]):
        return ""
    digits = 2 if abs(row.metrics[key]) >= 10 else 4
    shown = f"{row.metrics[key]:.{digits}f}"
    if key in row.intervals:
        low, high = row.intervals[key]
        shown += f" [{low:.{digits}f}, {high:.{digits}f}]"
    return shown


def _aligned(lines: Sequence[Sequence[str]], n_left: int) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < n_left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
