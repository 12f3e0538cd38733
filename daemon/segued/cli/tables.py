"""Tables that read well on a narrow terminal."""

from __future__ import annotations

from rich.table import Table


def table(*headings: str, right: tuple[int, ...] = (), fixed: tuple[int, ...] = ()) -> Table:
    """A plain table. Columns in `right` hold numbers; those in `fixed` never shrink or wrap."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, heading in enumerate(headings):
        drawn.add_column(
            heading,
            justify="right" if index in right else "left",
            no_wrap=index in right or index in fixed,
            overflow="ellipsis" if index in fixed else "fold",
        )
    return drawn
