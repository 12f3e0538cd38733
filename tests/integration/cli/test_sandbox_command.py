"""`segue sandbox serve` in the foreground."""

from __future__ import annotations

import re
import signal
import socket

import requests

from segued.config.load import check


def test_the_sandbox_says_where_it_is_and_ends_cleanly(segue) -> None:
    process = segue.start("sandbox", "serve", "--port", "0")
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, process.communicate()
        said += line
    settings = check(said.split("\n", 2)[2].split("Give it")[0], "said", {}).settings
    assert settings.features.reccobeats_url.startswith(settings.spotify.accounts_url)
    address = re.search(r'api_url = "(.*)"', said)
    assert address is not None
    assert requests.get(f"{address.group(1)}/me", timeout=120).status_code == 401
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_a_taken_port_is_named(segue) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = segue.run("sandbox", "serve", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr
