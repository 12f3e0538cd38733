"""Takes the pictures of the page for docs/: `python tools/screenshots.py [--folder DEMO]`."""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.browser import Browser, browser, missing
from tools.demo_page import served_demo

TARGET = Path(__file__).parents[1] / "docs" / "pictures"
WIDTHS = (1280, 390)
HEIGHTS = {1280: 900, 390: 844}
PAGES = {
    "page": ("/playlists/morning-rise", False),
    "now": ("/", False),
    "library": ("/library", True),
    "recipes": ("/recipes/0", False),
}
MOST_BYTES = 200_000


def take(window: Browser, address: str, *, width: int, dark: bool) -> bytes:
    """One picture, of at most 256 colours."""
    window.size(width, HEIGHTS[width], dark=dark)
    window.open(address)
    if address.endswith("/library"):
        ready = "return document.getElementById('map').dataset.ready"
        window.until(lambda: window.run(ready) == "yes")
        window.run(
            "const s = document.getElementById('colour'), w = document.getElementById('way');"
            "s.value = 'energy'; w.value = '2';"
            "for (const e of [s, w]) e.dispatchEvent(new Event('change'))"
        )
    image = Image.open(io.BytesIO(window.picture())).convert("RGB")
    out = io.BytesIO()
    image.quantize(255, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="a demo that is there already")
    folder = parser.parse_args().folder
    if why := missing():
        raise SystemExit(f"pictures are taken in a browser: {why}")
    TARGET.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as made,
        served_demo(folder or Path(made)) as page,
        browser() as window,
    ):
        window.open(page.link())
        for name, (path, dark) in PAGES.items():
            for width in WIDTHS:
                data = take(window, page.base + path, width=width, dark=dark)
                assert len(data) < MOST_BYTES, f"{name}-{width}: {len(data)} bytes"
                (TARGET / f"{name}-{width}.png").write_bytes(data)
                sys.stdout.write(f"{name}-{width}.png: {len(data) / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
