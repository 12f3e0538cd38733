"""A headless Chromium, driven by the WebDriver protocol: for tests, screenshots and measurements.

`chromedriver` is asked over HTTP; what WebDriver has no word for goes to Chromium's own protocol.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Backspace": "\ue003"}


class BrowserError(Exception):
    """The browser refused a command."""


def missing() -> str:
    """Why no browser can be driven here; empty where one can."""
    names = ("chromedriver", "chromium")
    lacking = [name for name in names if shutil.which(name) is None]
    return f"{' and '.join(lacking)} not installed" if lacking else ""


class Browser:
    """One window. Elements are named by CSS selectors."""

    def __init__(self, address: str, session: str) -> None:
        self._address = address
        self._session = session

    def ask(self, method: str, path: str, values: Any = None) -> Any:
        """One command of WebDriver. Raises BrowserError."""
        return _ask(method, f"{self._address}/session/{self._session}{path}", values)

    def devtools(self, command: str, **values: Any) -> Any:
        """One command of Chromium's own protocol."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": values})

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Make the page this large, in light or dark colours."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, address: str) -> None:
        """Go to an address, and wait until it is loaded."""
        self.ask("POST", "/url", {"url": address})

    @property
    def address(self) -> str:
        """Where the browser is."""
        return str(self.ask("GET", "/url"))

    def run(self, script: str, *values: Any) -> Any:
        """What a script returns."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(values)})

    def run_later(self, script: str, *values: Any) -> Any:
        """What a script hands to its last argument, a function."""
        return self.ask("POST", "/execute/async", {"script": script, "args": list(values)})

    def find(self, selector: str) -> str:
        """An element. Raises BrowserError."""
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def click(self, selector: str) -> None:
        """A real click in the middle of an element."""
        self.ask("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self.ask("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        code = _KEYS.get(key, key)
        actions = [{"type": kind, "value": code} for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": actions}]})

    def move(self, x: int, y: int, *, click: bool = False) -> None:
        """Move the pointer to a place in the window, and press there."""
        actions: list[dict[str, Any]] = [{"type": "pointerMove", "x": x, "y": y, "duration": 0}]
        if click:
            actions += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "p", "parameters": {"pointerType": "mouse"}}
        self.ask("POST", "/actions", {"actions": [{**pointer, "actions": actions}]})

    def text(self, selector: str) -> str:
        """What an element says, as a person sees it."""
        return str(self.ask("GET", f"/element/{self.find(selector)}/text"))

    def until(self, holds: Callable[[], bool], seconds: float = 120.0) -> None:
        """Wait until something holds. Raises AssertionError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(BrowserError):
                if holds():
                    return
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s; the page says:\n{self.text('body')[:2000]}")

    def picture(self, *, whole: bool = False) -> bytes:
        """The page as a PNG: what is seen, or the whole of it."""
        if not whole:
            return base64.b64decode(self.ask("GET", "/screenshot"))
        found = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(found["data"])


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser with nothing in it, for as long as it is used."""
    process = subprocess.Popen(
        [shutil.which("chromedriver") or "chromedriver", "--port=0", "--log-level=SEVERE"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = f"http://127.0.0.1:{_port(process)}"
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        options = {"args": [*arguments, "--hide-scrollbars", "--force-color-profile=srgb"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options}
        found = _ask("POST", f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
        made = Browser(address, found["sessionId"])
        try:
            made.ask("POST", "/timeouts", {"script": 200_000, "pageLoad": 200_000, "implicit": 0})
            yield made
        finally:
            made.ask("DELETE", "")
    finally:
        process.terminate()
        process.communicate(timeout=120)


def _port(process: subprocess.Popen[str]) -> int:
    """Where chromedriver listens, as it says once it does."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"successfully on port (\d+)", line):
            return int(found[1])
    raise BrowserError("chromedriver ended before it listened")


def _ask(method: str, address: str, values: Any = None) -> Any:
    body = json.dumps(values if values is not None else {}).encode() if method == "POST" else None
    request = urllib.request.Request(  # noqa: S310 - chromedriver's address is ours
        address, body, {"Content-Type": "application/json"}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=240) as answer:  # noqa: S310
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        found = json.load(error)["value"]
        raise BrowserError(f"{found['error']}: {found['message'].splitlines()[0]}") from error
