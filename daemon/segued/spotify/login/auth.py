"""Logging in to Spotify: the address, the way back to 127.0.0.1, the exchange of the code."""

from __future__ import annotations

import contextlib
import hmac
import html
import queue
import secrets
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import requests

from segue.errors import AuthorisationError, SegueError, UsageError
from segued.config.sections import DASHBOARD, SpotifySection
from segued.spotify.login.pkce import GrantRefusedError, manager, unreachable
from segued.store.access import SCOPES, AuthStore, TokenDocument, missing_scopes

LOGIN_SECONDS = 300.0
HELP_SECONDS = 20.0
"""How long nobody comes back before it is said what may be wrong with the app."""


def what_to_check(redirect_uri: str) -> str:
    """What a login page shows where the app is set up wrongly, and where that is put right."""
    return (
        f"If the page said INVALID_CLIENT, look at your app's Settings at {DASHBOARD}: "
        f"its redirect URI must be exactly {redirect_uri} and its Client ID that of "
        "[spotify] client_id."
    )


@dataclass(frozen=True, slots=True)
class Person:
    """How the person who logs in is reached.

    `show_address` is given the address to open; where `opens_browser` it is opened as well. Beside
    the listener, `read_line` (where given) takes the address they were sent back to, for browsers
    on another machine.
    """

    show_address: Callable[[str], None]
    say: Callable[[str], None]
    opens_browser: bool = False
    read_line: Callable[[], str] | None = None
    more_scopes: tuple[str, ...] = ()
    """What they are asked to allow beyond what Segue cannot work without."""


def login(
    settings: SpotifySection,
    store: AuthStore,
    clock: Callable[[], datetime],
    person: Person,
    *,
    timeout_seconds: float = LOGIN_SECONDS,
) -> TokenDocument:
    """Log in with PKCE: show the address, take the user back on 127.0.0.1, keep the tokens.

    A wrong state is refused and waited on; the browser is answered once the tokens are stored.

    Raises AuthorisationError where the user declines, the time runs out or a scope is not
    granted, UsageError where the port is taken, and what the token endpoint raises.
    """
    state = secrets.token_urlsafe(24)
    with listening(settings.redirect_port) as (redirect_uri, returns):
        pkce = manager(settings, store, clock, redirect_uri=redirect_uri, authorized_at=clock())
        pkce.scope = " ".join((*SCOPES, *person.more_scopes))
        address: str = pkce.get_authorize_url(state)
        person.show_address(address)
        if person.opens_browser and not webbrowser.open(address):
            person.say("No browser could be opened here; open the address above in one.")
        if person.read_line is not None:
            take_pasted(person.read_line, returns)
        returned, code = await_code(returns, state, person.say, redirect_uri, timeout_seconds)
        try:
            token = _exchange(settings, store, pkce, code)
        except SegueError as error:
            returned.done.set_result((False, f"The login did not work: {error}"))
            raise
        returned.done.set_result((True, "Segue is logged in. You can close this page."))
    return token


class Returns(Protocol):
    """The queue that ways back from the login page come in by."""

    def get(self, *, timeout: float) -> Return:
        """The next one; raises queue.Empty where none came in this many seconds."""


def await_code(
    returns: Returns,
    state: str,
    say: Callable[[str], None],
    redirect_uri: str,
    timeout_seconds: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[Return, str]:
    """Wait for a way back that carries our state, and give it with its code.

    After `HELP_SECONDS` it says what to check, as nothing comes back from a login page that
    refuses the app. Raises AuthorisationError where the user declines or nobody comes back.
    """
    begun, helped = monotonic(), False
    while True:
        until = timeout_seconds if helped else min(HELP_SECONDS, timeout_seconds)
        try:
            returned = returns.get(timeout=max(0.0, begun + until - monotonic()))
        except queue.Empty:
            if monotonic() - begun >= timeout_seconds:
                raise AuthorisationError(
                    f"Nobody came back from the login page within {timeout_seconds:.0f} s. "
                    f"{what_to_check(redirect_uri)} Then run `segue auth login` again."
                ) from None
            if not helped and monotonic() - begun >= until:
                say(f"Still waiting for the login page. {what_to_check(redirect_uri)}")
                helped = True
            continue
        query = parse_qs(urlsplit(returned.address).query)
        came = query.get("state", [""])[0]
        if not hmac.compare_digest(came.encode(), state.encode()):
            words = "This address does not belong to the login that is waiting; it was not used."
            returned.done.set_result((False, words))
            say(words + " Copy the whole address the browser was sent to, from http:// on.")
        elif error := query.get("error", [""])[0]:
            returned.done.set_result((False, "The login was declined; nothing was changed."))
            raise AuthorisationError(
                f"Spotify says the login was declined ({error[:60]}). Nothing was changed."
            )
        elif code := query.get("code", [""])[0]:
            return returned, code
        else:
            words = "This address carries no code; it was not used."
            returned.done.set_result((False, words))
            say(words)


class _Pkce(Protocol):
    """The part of spotipy's manager, which ships no types, that an exchange uses."""

    def get_access_token(self, code: str, check_cache: bool) -> str:
        """Exchange a code; the tokens go to the cache handler."""


def _exchange(settings: SpotifySection, store: AuthStore, pkce: _Pkce, code: str) -> TokenDocument:
    before = store.token()
    try:
        pkce.get_access_token(code, check_cache=False)
    except requests.RequestException as error:
        raise unreachable(error, settings) from error
    except GrantRefusedError as error:
        raise AuthorisationError(
            "Spotify did not accept the code of this login; codes work once and for some minutes "
            "only. Run `segue auth login` again."
        ) from error
    token = store.token()
    assert token is not None
    if missing := missing_scopes(token):
        if before is not None:
            store.set_token(before)
        else:
            store.clear()
        raise AuthorisationError(
            f"Spotify did not grant {', '.join(missing)}; Segue cannot work without. "
            "Run `segue auth login` again and agree to everything it lists."
        )
    return token


PATH = "/callback"
ANSWER_SECONDS = 60.0
"""How long a browser is kept waiting for the login to be finished."""

_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
    'content="width=device-width"><title>Segue</title><body style="font:1.1rem/1.5 system-ui;'
    'max-width:32rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark"><p>{}</p></body>'
    "</html>"
)


@dataclass(frozen=True, slots=True)
class Return:
    """An address Spotify sent the user back to. `done` takes what to tell them: (good, words)."""

    address: str
    done: Future[tuple[bool, str]] = field(default_factory=Future)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, returns: queue.SimpleQueue[Return]) -> None:
        self.returns = returns
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = ANSWER_SECONDS

    def do_GET(self) -> None:  # the name http.server asks for
        """Take the way back from Spotify; answer when the login is finished."""
        if urlsplit(self.path).path != PATH:
            self._say(404, "There is nothing here but the way back from a login.")
            return
        returned = Return(self.path)
        self.server.returns.put(returned)
        try:
            good, words = returned.done.result(timeout=ANSWER_SECONDS)
        except TimeoutError:
            good, words = False, "Segue took too long. Look at the terminal it runs in."
        self._say(200 if good else 400, words)

    def _say(self, status: int, words: str) -> None:
        body = _PAGE.format(html.escape(words)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # their name
        """Keep silent: the path holds a code that is a secret until it is exchanged."""


@contextlib.contextmanager
def listening(port: int) -> Iterator[tuple[str, queue.SimpleQueue[Return]]]:
    """Listen on 127.0.0.1 (port 0: any free one) and give the redirect address and a queue.

    Raises UsageError where the port is taken.
    """
    returns: queue.SimpleQueue[Return] = queue.SimpleQueue()
    try:
        server = _Server(port, returns)
    except OSError as error:
        raise UsageError(
            f"Port {port} on 127.0.0.1 cannot be listened on ({error.strerror}). Set another one "
            "in `[spotify] redirect_port`, and in the redirect URIs of your Spotify app."
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}", returns
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def take_pasted(read_line: Callable[[], str], returns: queue.SimpleQueue[Return]) -> None:
    """Take addresses a person pastes, beside the listener, until the input ends.

    `read_line` blocks and answers "" at the end, as `sys.stdin.readline` does; it is left behind
    in a daemon thread when the login is over.
    """

    def read() -> None:
        while line := read_line():
            if line.strip():
                returns.put(Return(line.strip()))

    threading.Thread(target=read, daemon=True).start()
