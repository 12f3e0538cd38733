"""`segue page` where there is no page to open."""

from __future__ import annotations

from pathlib import Path

import pytest

from segued.cli.main import main


@pytest.mark.parametrize(
    ("port", "words"), [(0, "set status_port"), (9, "nothing answers there; start the service")]
)
def test_it_says_how_to_get_one(
    port: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    config = tmp_path / "config.toml"
    config.write_text(f"[service]\nstatus_port = {port}\n")
    assert main(["--config", str(config), "page", "--no-browser"]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
