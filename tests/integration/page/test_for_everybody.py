"""From 390 pixels to wide, light and dark, by keyboard, for screen readers; and what it costs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/playlists/mornings",
    "/playlists/mornings/plan",
    "/library",
    "/recipes/0",
    "/recipes",
)
MOST_BYTES, MOST_MB = 150_000, 80


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core, fetched from npm: it is no part of Segue."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, which axe-core comes from")
    folder = tmp_path_factory.mktemp("axe")
    try:
        subprocess.run(
            ["npm", "pack", "axe-core@4", "--silent"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"axe-core cannot be fetched: {type(error).__name__}")
    with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
        found = packed.extractfile("package/axe.min.js")
        assert found is not None
        return found.read().decode()


@pytest.fixture
def inside(served: Any, chromium: Any) -> Any:
    chromium.size(1280, 900)
    chromium.open(served.link())
    return chromium


def test_axe_finds_no_serious_fault(served: Any, inside: Any, axe: str) -> None:
    found = []
    for number, path in enumerate((*PAGES, "/playlists/mornings")):
        dark = number % 2 == 1  # the playlist once in either, wide and narrow
        inside.size(390 if dark else 1280, 900, dark=dark)
        inside.open(served.base + path)
        result = inside.run_later(
            axe + ";const done = arguments[arguments.length - 1];"
            "axe.run(document).then(found => done(JSON.stringify([found.passes.length,"
            "found.violations.map(v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html)])])))"
        )
        passed, violations = json.loads(result)
        assert passed > 15
        found += [(path, *each) for each in violations]
    assert [each for each in found if each[1] in ("serious", "critical")] == []


@pytest.mark.parametrize("width", [390, 768, 1920])
def test_no_page_has_to_be_moved_sideways(served: Any, inside: Any, width: int) -> None:
    for path in PAGES:
        inside.size(width, 900)
        inside.open(served.base + path)
        wide = inside.run("return document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"


def test_the_first_tab_skips_to_the_content_and_every_control_is_reached(
    served: Any, inside: Any
) -> None:
    inside.open(f"{served.base}/playlists/mornings")
    reached = []
    for _ in range(14):
        inside.press("Tab")
        reached.append(inside.run("return document.activeElement.textContent.trim().slice(0, 30)"))
    assert reached[0] == "Skip to the content"
    for name in ("Now", "Library", "Recipes", "Plan", "Refresh", "Undo", "Pause"):
        assert name in reached


def test_dark_is_dark_and_light_is_light(served: Any, inside: Any) -> None:
    paper = {}
    for dark in (False, True):
        inside.size(1280, 900, dark=dark)
        inside.open(served.base)
        colour = inside.run("return getComputedStyle(document.body).backgroundColor")
        paper[dark] = sum(int(part) for part in colour.strip("rgb()").split(","))
    assert paper[False] > 700
    assert paper[True] < 100


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small_and_asks_nobody_else(served: Any, inside: Any, path: str) -> None:
    inside.devtools("Network.clearBrowserCache")
    inside.open(served.base + path)
    if path == "/library":
        ready = "return document.getElementById('map').dataset.ready"
        inside.until(lambda: inside.run(ready) == "yes")
    loaded = inside.run(
        "return [...performance.getEntriesByType('navigation'),"
        "...performance.getEntriesByType('resource')].map(e => [e.name, e.transferSize])"
    )
    assert all(name.startswith(served.base) for name, _ in loaded)
    assert sum(size for _, size in loaded) < MOST_BYTES


def test_the_idle_service_with_its_page_is_small(served: Any, inside: Any) -> None:
    for path in PAGES:
        inside.open(served.base + path)
    assert psutil.Process(served.process.pid).memory_info().rss < MOST_MB * 1_000_000


def test_the_idle_service_loads_nothing_that_makes_requests_or_models() -> None:
    program = (
        "import sys, segued.service.main, segued.service.service, segued.page.app\n"
        "print(sorted({'torch', 'requests', 'urllib3', 'spotipy', 'apprise', 'scipy', 'polars',"
        " 'segue.playlists.build', 'segued.worker.jobs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]"], done.stderr
