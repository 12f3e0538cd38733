"""`segued` from its start to its end, as systemd sees it."""

from __future__ import annotations

import json
import re
import signal
from typing import Any

import psutil
import requests
from tests.ports import free_port

from segued.sandbox.control.faults import Fault


def test_systemd_hears_of_the_whole_life_of_a_service(home: Any) -> None:
    process = home.serve(WATCHDOG_USEC="1000000")
    assert "STATUS=2 playlists; next:" in home.systemd.wait_for("READY=1")
    home.systemd.wait_for("WATCHDOG=1")
    before = len(home.systemd.listen())
    process.send_signal(signal.SIGHUP)
    assert re.search(r"MONOTONIC_USEC=\d+", home.systemd.wait_for("RELOADING=1", after=before))
    home.systemd.wait_for("READY=1", after=before)
    assert home.stop(process) == 0
    assert home.systemd.listen()[-1] == "STOPPING=1"


def test_the_watchdog_is_fed_again_and_again_while_nothing_happens(home: Any) -> None:
    process = home.serve(WATCHDOG_USEC="600000")
    # By itself the service would look once a minute.
    home.wait_until(lambda: home.systemd.listen().count("WATCHDOG=1") >= 5, 150)
    home.stop(process)


def test_a_new_configuration_is_taken_over_on_sighup(home: Any) -> None:
    process = home.serve()
    home.write_config(recipes="")
    before = len(home.systemd.listen())
    process.send_signal(signal.SIGHUP)
    assert "0 playlists" in home.systemd.wait_for("READY=1", after=before)
    home.stop(process)


def test_a_wrong_configuration_is_not_taken_over_and_said(home: Any) -> None:
    process = home.serve()
    home.config.write_text("[[playlist]]\nnme = 1\n")
    before = len(home.systemd.listen())
    process.send_signal(signal.SIGHUP)
    said = home.systemd.wait_for("READY=1", after=before)
    assert "wrong and not used; 2 playlists" in said
    assert "playlist[0].nme" in home.log
    home.systemd.wait_for("STATUS=the new configuration is wrong and not used", after=before + 2)
    home.write_config()
    before = len(home.systemd.listen())
    process.send_signal(signal.SIGHUP)
    assert "wrong" not in home.systemd.wait_for("READY=1", after=before)
    home.stop(process)


def test_a_watched_configuration_is_taken_over_by_itself(home: Any) -> None:
    home.write_config(more="[service]\nwatch = true")
    process = home.serve()
    before = len(home.systemd.listen())
    home.write_config(recipes="")
    assert "0 playlists" in home.systemd.wait_for("READY=1", after=before)
    home.stop(process)


def test_a_second_service_on_the_same_state_is_refused(home: Any) -> None:
    process = home.serve()
    second = home.start()
    assert home.end_of(second) == 5
    assert f"process {process.pid}" in home.log
    home.stop(process)


def test_sigint_ends_it_like_sigterm(home: Any) -> None:
    process = home.serve()
    process.send_signal(signal.SIGINT)
    assert home.end_of(process) == 0


def test_a_service_in_the_middle_of_a_job_does_not_wait_for_it(home: Any) -> None:
    home.make_due("refresh:mornings")
    home.sandbox.faults.add(Fault("stall", "GET", "/me/tracks", times=None, seconds=600))
    process = home.serve()
    home.wait_until(lambda: home.struck)
    assert home.stop(process) == 0
    assert "Mornings: stopped" in home.log


def test_health_and_metrics_are_served_on_loopback(home: Any) -> None:
    port = free_port()
    home.write_config(more=f"[service]\nstatus_port = {port}")
    process = home.serve()
    health = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60)
    assert (health.status_code, health.json()["ok"]) == (200, True)
    metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert 'segue_schedule_next_due_timestamp_seconds{schedule="refresh:mornings"}' in metrics
    assert re.search(r"segue_login_days_left 18\d\.0", metrics)
    assert "segue_encoder_info{" not in metrics, "no lyrics are looked up"
    other = requests.get(
        f"http://127.0.0.1:{port}/metrics", headers={"Host": "evil.example"}, timeout=60
    )
    assert other.status_code == 403
    for encoder in ("acme/first", "acme/second"):
        home.write_config(more=f"[service]\nstatus_port = {port}")
        text = home.config.read_text()
        lyrics = f'[lyrics]\nencoder = "{encoder}"'
        home.config.write_text(text.replace("[lyrics]\nenabled = false", lyrics))
        before = len(home.systemd.listen())
        process.send_signal(signal.SIGHUP)
        home.systemd.wait_for("READY=1", after=before)
        metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
        named = re.findall(r"segue_encoder_info\{.*", metrics)
        assert named == [f'segue_encoder_info{{name="{encoder}"}} 1.0']
    home.stop(process)


def test_the_idle_service_has_no_library_in_memory_that_only_jobs_need(home: Any) -> None:
    process = home.serve()
    mapped = {region.path for region in psutil.Process(process.pid).memory_maps()}
    assert any("orjson" in path for path in mapped)
    for name in ("torch", "transformers", "sklearn", "polars", "matplotlib"):
        assert not [path for path in mapped if f"/{name}" in path], name
    home.stop(process)


def test_the_service_itself_opens_nothing_that_only_jobs_need(home: Any) -> None:
    for name in ("library", "playlists", "features", "lyrics"):
        (home.folder / "state" / f"{name}.json").write_text("not for the service")
    process = home.serve()
    assert home.stop(process) == 0


def test_as_json_every_line_of_the_service_and_its_jobs_is_an_object(home: Any) -> None:
    assert home.once(SEGUE_SERVICE__LOG="json") == 0
    lines = [json.loads(line) for line in home.log.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert len({line["process"] for line in lines}) > 1, "the jobs' own lines are missing"


def test_for_the_journal_every_line_has_its_priority(home: Any) -> None:
    home.write_config(
        recipes='[[playlist]]\nname = "Nothing"\nfrom = "liked"\nwhere.artist = "Nobody"\n'
    )
    assert home.once(JOURNAL_STREAM="8:1") == 6
    assert all(re.match(r"<[3-7]>", line) for line in home.log.splitlines()), home.log
    assert "<4>Nothing: refused" in home.log


def test_no_token_is_in_a_log(home: Any) -> None:
    process = home.serve()
    home.stop(process)
    home.make_due()
    process = home.serve()
    home.wait_until(lambda: len(home.mine) == 2)
    home.stop(process)
    with home.state() as state:
        token = state.auth.token()
    assert token is not None
    assert token.access_token not in home.log
    assert token.refresh_token not in home.log
