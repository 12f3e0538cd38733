"""The page on the demo's account, in Chromium: first paint, bytes, the map's frames, idle memory.

Bounds: first paint under 300 ms, a page under 150 kB, 20,000 points at 60 frames a second, the idle
service with its page under 80 MB. `python -m bench page` measures a demo of its own, and
`python -m bench.page --folder segue-demo` one that is there already.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from tools.browser import Browser, browser, missing
from tools.demo_page import DemoPage, served_demo

from segued.page.reader import IDLE_SECONDS

REPEATS = 5
POINTS = 20_000
PAGES = ("/", "/playlists/morning-rise", "/playlists/morning-rise/plan", "/library", "/recipes",
         "/recipes/0")  # fmt: skip

_FRAMES = """
const done = arguments[arguments.length - 1], count = arguments[0], m = segueMap.map;
const x = Array.from({length: count}, () => Math.random() * 4095 | 0);
const y = Array.from({length: count}, () => Math.random() * 4095 | 0);
Object.assign(m.data, {x, y});
m.colours = Int32Array.from(x, (v) => -1 - v * 77);
let frames = 0, start, last, times = [], work = [];
function step(now) {
  if (last !== undefined) times.push(now - last); else start = now;
  last = now;
  const before = performance.now();
  segueMap.pan(8 * Math.sin(frames / 10), 4 * Math.cos(frames / 7));
  work.push(performance.now() - before);
  frames++;
  if (now - start < 4000) return requestAnimationFrame(step);
  times.sort((a, b) => a - b); work.sort((a, b) => a - b);
  done([1000 * times.length / (last - start), times[times.length >> 1], work[work.length >> 1]]);
}
requestAnimationFrame(step);
"""


def paint_and_bytes(window: Browser, address: str) -> tuple[float, int]:
    """The first contentful paint in ms and the bytes that came, of a page never seen before."""
    window.devtools("Network.clearBrowserCache")
    window.open(address)
    window.until(lambda: bool(window.run("return performance.getEntriesByType('paint').length")))
    paint = window.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    if address.endswith("/library"):
        ready = "return document.getElementById('map').dataset.ready"
        window.until(lambda: window.run(ready) == "yes")
    size = window.run(
        "return [...performance.getEntriesByType('navigation'),"
        "...performance.getEntriesByType('resource')].reduce((n, e) => n + e.transferSize, 0)"
    )
    return float(paint), int(size)


def measure(page: DemoPage, window: Browser) -> Table:
    """Every figure beside its bound."""
    table = Table("", "median", "worst", "bound", title="the page, demo account, Chromium")
    window.size(1280, 900)
    window.open(page.link())
    for path in PAGES:
        found = [paint_and_bytes(window, page.base + path) for _ in range(REPEATS)]
        paints = [paint for paint, _ in found]
        table.add_row(f"first paint of {path}, ms", f"{statistics.median(paints):.0f}",
                      f"{max(paints):.0f}", "300")  # fmt: skip
        table.add_row("its bytes, kB", "", f"{max(size for _, size in found) / 1000:.1f}", "150")
    window.open(f"{page.base}/library")
    window.until(lambda: window.run("return document.getElementById('map').dataset.ready") == "yes")
    rate, frame, work = window.run_later(_FRAMES, POINTS)
    table.add_row(f"frames a second, {POINTS:,} points", f"{rate:.1f}", "", "60")
    table.add_row("between two frames, ms", f"{frame:.1f}", "", "16.7")
    table.add_row("of which drawing, ms", f"{work:.1f}", "", "")
    window.open("about:blank")
    time.sleep(IDLE_SECONDS + 5)
    memory = psutil.Process(page.process.pid).memory_info().rss / 1e6
    table.add_row("the service, idle after all this, MB", f"{memory:.0f}", "", "80")
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    folder = parser.parse_known_args()[0].folder
    if why := missing():
        raise SystemExit(f"the page is measured in a browser: {why}")
    with (
        tempfile.TemporaryDirectory() as made,
        served_demo(folder or Path(made)) as page,
        browser() as window,
    ):
        Console().print(measure(page, window))


if __name__ == "__main__":
    main()
