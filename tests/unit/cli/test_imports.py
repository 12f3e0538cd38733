"""`segue import`: tables are listed and removed by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segued.cli import main as cli


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[spotify]\nclient_id = "0123456789abcdef0123456789abcdef"\n')
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("SEGUE_CONFIG", str(config))


def table(tmp_path: Path, name: str, *rows: str) -> str:
    path = tmp_path / name
    path.write_text("\n".join(["Track URI,Track Name,Energy", *rows]) + "\n")
    return str(path)


def listed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert cli.main(["import", "list", "--json"]) == 0
    return [each["name"] for each in json.loads(capsys.readouterr().out)["tables"]]


def test_tables_are_listed_and_go_by_name(tmp_path, capsys) -> None:
    row = f"spotify:track:{'a' * 22},Rain,0.5"
    for name in ("one.csv", "two [x].csv"):
        assert cli.main(["import", "features", table(tmp_path, name, row)]) == 0
    assert sorted(listed(capsys)) == ["one", "two [x]"]
    assert cli.main(["import", "list"]) == 0
    assert "two [x]" in capsys.readouterr().out
    assert cli.main(["import", "remove", "two [x]"]) == 0
    assert listed(capsys) == ["one"]
    assert cli.main(["import", "remove", "two [x]"]) == 2
    assert "there are: one" in capsys.readouterr().err


def test_an_import_that_learns_nothing_is_an_error_and_keeps_what_was(tmp_path, capsys) -> None:
    row = f"spotify:track:{'a' * 22},Rain,0.5"
    assert cli.main(["import", "features", table(tmp_path, "one.csv", row)]) == 0
    assert cli.main(["import", "features", table(tmp_path, "one.csv", *["x,,"] * 31)]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert listed(capsys) == ["one"]


def test_columns_that_were_found_are_named_where_none_fits(tmp_path, capsys) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("foo;bar\n1;2\n")
    assert cli.main(["import", "features", str(path)]) == 2
    assert "foo, bar" in capsys.readouterr().err
