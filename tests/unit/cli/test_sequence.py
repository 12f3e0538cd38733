"""`segue sequence` and `segue evaluate sequencing`, from a file to what is printed and written."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from segued.cli import main as cli


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "songs.csv"
    lines = ["name,artist,key,mode,bpm,energy,valence,duration_ms,wanted,playlist"]
    lines += [
        f"Song {i},Band {i % 4},{i * 5 % 12},{i % 2},{90 + i * 7 % 60},{i * 3 % 10 / 10},0.5,"
        f"{180_000 + 1000 * i},{i},mix"
        for i in range(20)
    ]
    lines.append("Unknown,,,,,,,200000,,mix")
    path.write_text("\n".join(lines) + "\n")
    return path


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert cli.main(["sequence", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_order_is_a_permutation_with_a_report_beside_random(file, capsys):
    found = _json(capsys, str(file))
    assert sorted(found["order"]) == list(range(21))
    assert found["report"]["objective"] < found["report"]["random"]["mean"]
    assert found["report"]["random"]["sd"] > 0
    assert found["report"]["unknown"]["tempo"] == 1
    assert len(found["transitions"]) == 20
    assert found["seconds"] > 0


def test_pins_and_arcs_are_kept(file, capsys):
    given = ("--arc", "[[0,0.2],[0.6,0.9],[1,0.4]]", "--pin", "7=first", "--pin", "3=last")
    found = _json(capsys, str(file), *given, "--pin", "5=4", "--weight", "worst=0")
    assert (found["order"][0], found["order"][3], found["order"][-1]) == (7, 5, 3)
    assert found["report"]["arc_rank_correlation"] > 0.3


def test_the_same_seed_prints_the_same_order(file, capsys):
    first, second = (_json(capsys, str(file), "--seed", "4")["order"] for _ in "ab")
    assert first == second


def test_choosing_meets_the_minutes_and_prefers_the_column(file, capsys):
    found = _json(capsys, str(file), "--choose", "6", "--minutes", "19", "--score", "wanted")
    assert len(found["order"]) == 6
    assert abs(found["report"]["duration_ms"] - 19 * 60_000) <= 30_000
    assert sum(found["order"]) / 6 > 9.5


def test_the_rows_are_written_in_order_with_every_column(file, tmp_path, capsys):
    target = tmp_path / "ordered.csv"
    found = _json(capsys, str(file), "--output", str(target))
    written = pl.read_csv(target, infer_schema=False)
    assert written.equals(pl.read_csv(file, infer_schema=False)[found["order"]])


def test_the_picture_is_written(file, tmp_path, capsys):
    page = tmp_path / "order.html"
    _json(capsys, str(file), "--picture", str(page))
    assert "valence" in page.read_text()


def test_people_read_transitions_and_the_comparison(file, capsys):
    assert cli.main(["sequence", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "This order" in shown
    assert " BPM" in shown
    assert "Unknown, and neutral" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--pin", "1=1", "--pin", "2=first"), "both pinned to position 0"),
        (("--pin", "1=1", "--pin", "1=2"), "pinned twice"),
        (("--pin", "99=first"), "track 99"),
        (("--pin", "1"), "ROW=PLACE"),
        (("--pin", "1=0"), "places count from 1"),
        (("--apart", "1"), "ROW,ROW"),
        (("--weight", "speed=1"), "'speed' is not one of"),
        (("--weight", "flow=lots"), "not a number"),
        (("--arc", "up"), "ramp"),
        (("--arc-of", "mood"), "energy, valence, tempo"),
        (("--picture", "x.gif"), "an .svg, an .html or a .png"),
        (("--columns", "tempo=nothing"), "nothing"),
    ],
)
def test_a_wrong_option_is_a_clear_error(file, capsys, given, message):
    assert cli.main(["sequence", str(file), *given]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_a_clear_error(tmp_path, capsys):
    assert cli.main(["sequence", str(tmp_path / "none.csv")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_the_evaluation_prints_one_document(file, capsys):
    given = ["evaluate", "sequencing", "--data", str(file), "--length", "20", "--json"]
    assert cli.main(given) == 0
    found = json.loads(capsys.readouterr().out)
    methods = [row["method"] for row in found["rows"]]
    assert methods[-2:] == ["segue", "segue ramp"]
    assert found["n"] == 1


def _table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "given.csv"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "text", ["foo,bar\n1,2\n", "title,isrc\nRain,QZAAA1700001\n", "title,energy\nRain,loud\n"]
)
def test_a_table_with_nothing_to_order_by_is_an_error_naming_both_sides(tmp_path, capsys, text):
    target = tmp_path / "out.csv"
    assert cli.main(["sequence", _table(tmp_path, text), "--output", str(target)]) == 2
    said = capsys.readouterr().err
    assert text.split("\n")[0].replace(",", ", ") in said
    assert "energy" in said
    assert not target.exists()


def test_what_could_not_be_read_is_said_and_no_figure_needs_it(tmp_path, capsys):
    found = _json(capsys, _table(tmp_path, "energy;tempo\n0,5;120\n0,6;118\n0,9;90\n"))
    report = found["report"]
    assert report["duration_ms"] is None
    for measures in (report, report["before"]):
        assert measures["artist_adjacency"] is None
        assert measures["album_adjacency"] is None
    assert report["random"]["artist_adjacency_mean"] is None
    assert report["mean_energy_step"] is not None
    for noun in ("titles", "artists", "durations"):
        assert any(f"No {noun} could be read" in note for note in found["notes"])


def test_minutes_need_durations(tmp_path, capsys):
    known = "title,energy,duration\n" + "".join(f"S{i},0.{i},3:00\n" for i in range(1, 9))
    found = _json(capsys, _table(tmp_path, f"{known}S9,0.9,\n"), "--minutes", "9")
    assert len(found["order"]) == 3
    assert 8 not in found["order"]
    assert found["report"]["duration_ms"] == 540_000
    assert cli.main(["sequence", _table(tmp_path, "title,energy\nA,0.1\n"), "--minutes", "9"]) == 2
    assert "--minutes needs durations" in capsys.readouterr().err
    given = (_table(tmp_path, f"{known}S9,0.9,\n"), "--minutes", "9", "--pin", "8=first")
    assert cli.main(["sequence", *given]) == 2
    assert "row 8 has no duration" in capsys.readouterr().err


def test_a_score_column_without_numbers_is_an_error(file, capsys):
    assert cli.main(["sequence", str(file), "--choose", "3", "--score", "name"]) == 2
    assert "holds no number" in capsys.readouterr().err


def test_every_row_is_written_whatever_the_file_looks_like(tmp_path, capsys):
    path = tmp_path / "a [1].csv"
    path.write_bytes('Titel;Energie;Notiz\n"A; ""b""";0,5;x\nC;0,7\nD;0,9;y;z;w\n'.encode("utf-16"))
    target = tmp_path / "b [2].csv"
    found = _json(capsys, str(path), "--output", str(target))
    lines = target.read_text().splitlines()
    rows = ['"A; ""b""";0,5;x', "C;0,7", "D;0,9;y;z;w"]
    assert lines == ["Titel;Energie;Notiz", *(rows[row] for row in found["order"])]
