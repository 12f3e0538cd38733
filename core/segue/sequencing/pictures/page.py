"""The picture of an order as one HTML page that loads nothing: the drawing, and the list itself."""

from __future__ import annotations

import html

from segue.sequencing.pictures.drawing import svg
from segue.sequencing.pictures.layout import Picture


def html_page(picture: Picture, title: str) -> str:
    """One self-contained HTML page, light or dark as the reader has it."""
    rows = "".join(
        f"<tr><td>{html.escape(label)}</td><td>{html.escape(key)}</td><td>{_beats(tempo)}</td></tr>"
        for label, key, tempo in zip(
            picture.labels, picture.keys, picture.tempo.tolist(), strict=True
        )
    )
    return _PAGE.format(title=html.escape(title), drawing=svg(picture), rows=rows)


def _beats(tempo: float) -> str:
    return f"{tempo:.0f}" if tempo > 0 else "?"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; margin: 0 auto; padding: 12px; max-width: 900px;
  background: #ffffff; color: #1b1f24; overflow-x: hidden; }}
h1 {{ font-size: 1.3rem; }} svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; }} td, th {{ padding: 2px 12px 2px 0; text-align: left; }}
td:last-child, th:last-child {{ text-align: right; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #14171a; color: #e6e9ec; }} }}
</style></head><body><h1>{title}</h1>{drawing}
<table><thead><tr><th>Track</th><th>Key</th><th>BPM</th></tr></thead><tbody>{rows}</tbody></table>
</body></html>
"""
