"""Messages through Apprise itself, to a server on loopback."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from segued.service.children import Messenger


@pytest.fixture
def mailbox() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """An address that Apprise's json:// service posts to, and what came."""
    came: list[dict[str, str]] = []

    class Box(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Box)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"json://user:pass-word-77@127.0.0.1:{server.server_port}/", came
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_message_arrives(mailbox: tuple[str, list[dict[str, str]]]) -> None:
    address, came = mailbox
    sender = Messenger({**os.environ, "NOTIFY": address})
    assert sender.send(["env:NOTIFY"], "Segue", "all is well")
    assert [(message["title"], message["message"]) for message in came] == [
        ("Segue", "all is well")
    ]


def test_an_address_that_does_not_answer_is_reported_without_its_secret(
    mailbox: tuple[str, list[dict[str, str]]], caplog: pytest.LogCaptureFixture
) -> None:
    nobody = "json://user:pass-word-77@127.0.0.1:9/"
    address, came = mailbox
    environ = {**os.environ, "ONE": nobody, "TWO": address}
    assert Messenger(environ).send(["env:ONE", "env:TWO", "env:MISSING"], "Segue", "well")
    assert len(came) == 1
    assert "address 1" in caplog.text
    assert "MISSING" in caplog.text
    assert "pass-word-77" not in caplog.text


def test_a_message_that_nobody_took_is_not_sent() -> None:
    assert not Messenger(os.environ).send(["env:MISSING"], "Segue", "well")


NOTHING = """
[[playlist]]
name = "Mornings"
from = "liked"
where.title = "no such title"
length = 20
schedule = "@daily"
"""
LOOKS_OFTEN = "1000000"  # the scheduler looks twice in the watchdog's time
NOTIFY = """
[notify]
apprise_urls = ["env:NOTE"]
events = ["changed", "refused"]
"""


def test_people_are_reported_of_runs_once_over_restarts_and_again_when_it_changes(
    home: Any, mailbox: tuple[str, list[dict[str, str]]]
) -> None:
    address, came = mailbox
    home.write_config(more=NOTIFY, recipes=NOTHING)

    def run_more(runs: int, then: Callable[[], bool]) -> None:
        process = home.serve(NOTE=address, WATCHDOG_USEC=LOOKS_OFTEN)
        for _ in range(runs):  # a run begins when all has been said of the one before
            before = ended(home)
            home.make_due("refresh:mornings")
            home.wait_until(lambda before=before: ended(home) != before)
        home.wait_until(then)
        assert home.stop(process) == 0

    run_more(1, lambda: noted(home))
    assert [message["title"] for message in came] == ["Segue: Mornings was not changed"]
    run_more(2, lambda: True)
    assert len(came) == 1
    home.write_config(more=NOTIFY, recipes=NOTHING.replace("no such title", "."))
    run_more(1, lambda: len(came) == 2)
    assert came[1]["title"] == "Segue: Mornings was changed"
    assert "+20" in came[1]["message"]
    assert "pass-word-77" not in home.log


def noted(home: Any) -> bool:
    """Whether it is stored that a message was sent, so that the next start need not send it."""
    with home.state() as state:
        return "refused refresh:mornings" in state.schedules.sent_notices()


def ended(home: Any) -> datetime | None:
    with home.state() as state:
        found: datetime | None = state.schedules.get("refresh:mornings").last_ended
    return found


MISSPELT = """
[[playlist]]
name = "Mornings"
from = ["liked", "playlist:No Such Playlist"]
length = 20
schedule = "@daily"
"""


def test_why_a_recipe_failed_is_said_in_the_same_words_everywhere(
    home: Any, mailbox: tuple[str, list[dict[str, str]]]
) -> None:
    address, came = mailbox
    more = '[notify]\napprise_urls = ["env:NOTE"]\nevents = ["failed"]\n'
    home.write_config(more=more, recipes=MISSPELT)
    home.make_due("refresh:mornings")
    process = home.serve(NOTE=address)
    home.wait_until(lambda: len(came) == 1)
    assert home.stop(process) == 0
    assert home.mine == {}
    with home.state() as state:
        run = next(run for run in state.runs.recent(5, "mornings") if run.kind == "refresh")
        schedule = state.schedules.all()["refresh:mornings"]
    why = "you have no playlist called “No Such Playlist”"
    assert why in run.text
    assert schedule.last_text == run.text
    assert run.text in came[0]["message"]
    assert run.text in home.log
