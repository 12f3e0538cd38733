"""Now: what the page says of the service, and what it costs the service to say it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import psutil
import pytest

from segued.sandbox.control.faults import Fault

pytestmark = pytest.mark.browser


def test_now_names_every_playlist_and_what_is_known(served: Any, chromium: Any) -> None:
    chromium.size(1280, 900)
    chromium.open(served.link())
    said = chromium.text("main")
    for words in (
        "Mornings",
        "Evenings",
        "Noons",
        "not made yet",
        "days left",
        "Audio features",
    ):
        assert words in said
    assert "GET /me/tracks" in said


def test_a_schedule_is_paused_and_resumed_by_a_click(served: Any, chromium: Any) -> None:
    chromium.open(served.link())
    pause = 'form[action="/pause"] button'
    chromium.click(pause)
    chromium.until(lambda: "Paused: sync." in chromium.text("#live"))
    assert served.state().schedules.get("sync").paused_at is not None
    chromium.click(pause)
    chromium.until(lambda: "Paused" not in chromium.text("#live"))
    assert served.state().schedules.get("sync").paused_at is None


def test_a_button_reads_the_account_and_its_progress_is_live(served: Any, chromium: Any) -> None:
    chromium.open(served.link())
    chromium.run(
        "window.seen = []; new MutationObserver(() => seen.push(document.body.innerText))"
        ".observe(document.getElementById('live'), {childList: true})"
    )
    asked, seen = threading.Event(), threading.Event()
    held = Fault("edit", "GET", "/me/tracks", edit=lambda: asked.set() or seen.wait(120))
    served.sandbox.faults.add(held)
    chromium.run(
        "const form = document.querySelector('form[action=\"/sync\"]');"
        "fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))})"
    )
    chromium.until(
        lambda: any("sync from the page" in each for each in chromium.run("return seen"))
    )
    assert asked.wait(120)
    seen.set()
    chromium.until(lambda: "Nothing runs" in chromium.text("#live"))


def test_the_service_holds_none_of_what_its_page_shows(served: Any) -> None:
    served.session().get(f"{served.base}/", timeout=120)
    mapped = {mapping.path for mapping in psutil.Process(served.process.pid).memory_maps()}
    for name in ("torch", "sklearn", "polars", "matplotlib"):
        assert not [path for path in mapped if f"/{name}" in path], name


def test_segue_page_prints_an_address_that_signs_in(served: Any, chromium: Any) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "segued.cli.main", "--config", str(served.config), "page",
         "--no-browser"],
        env={**os.environ, "STATE_DIRECTORY": str(served.folder / "state")},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    chromium.open(found.stdout.strip())
    assert "Mornings" in chromium.text("main")
