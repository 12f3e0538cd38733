from __future__ import annotations

import math

from segue.evaluation.tables import OURS, Row, Table


def table() -> Table:
    rows = (
        Row("zero", {"mae": 0.81, "auc": math.nan}, split="features only"),
        Row(OURS, {"mae": 0.54}, {"mae": (0.53, 0.55)}, split="features only"),
    )
    return Table("next step", "lists.csv", 7, rows, ("A note.",))


def test_the_document_has_the_agreed_form():
    document = table().document()
    assert list(document)[:4] == ["protocol", "data", "n", "rows"]
    assert document["rows"][1] == {
        "method": "segue",
        "split": "features only",
        "mae": 0.54,
        "mae_ci": [0.53, 0.55],
    }


def test_what_is_not_defined_is_null_and_blank():
    assert table().document()["rows"][0]["auc"] is None
    assert "nan" not in table().text()


def test_the_text_shows_intervals_and_notes():
    assert "0.5400 [0.5300, 0.5500]" in table().text()
    assert table().text().endswith("A note.")


def table_of(*rows: Row) -> Table:
    return Table(protocol="p", data="d.csv", n=3, rows=rows)


def test_the_sentence_names_the_best_other_and_who_is_ahead():
    ahead = table_of(Row("a", {"auc": 0.6}), Row("b", {"auc": 0.7}), Row(OURS, {"auc": 0.8}))
    assert ahead.sentence() == (
        "In plain words: on d.csv Segue does better than the best other way, b: 0.8 against 0.7 "
        "(how often a liked track is ranked above one that is not; 0.5 is chance)."
    )
    behind = table_of(Row("a", {"mae": 0.5}), Row(OURS, {"mae": 0.6}))
    assert "Segue is behind the best other way, a: 0.6 against 0.5" in behind.sentence()
    assert "less is better" in behind.sentence()


def test_the_sentence_compares_within_one_split_and_size_and_leaves_out_what_is_not_allowed():
    rows = (
        Row("peer", {"mse": 0.3}, split="x", size=2),
        Row(OURS, {"mse": 0.2}, split="x", size=2),
        Row("peer", {"mse": 0.01}, split="y", size=9),
        Row("cheat (not allowed)", {"mse": 0.001}, split="x", size=2),
        Row(f"{OURS} ramp", {"mse": 0.01}, split="x", size=2),
    )
    assert "on d.csv, x, Segue does better than the best other way, peer: 0.2 against 0.3" in (
        table_of(*rows).sentence()
    )


def test_a_table_without_ours_still_has_a_sentence():
    assert table_of(Row("a", {"auc": 0.6})).sentence() == "Measured on d.csv."
