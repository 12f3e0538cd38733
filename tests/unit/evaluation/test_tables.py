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
    assert ahead.sentence() == "segue has auc 0.8; the best other is b, 0.7."
    behind = table_of(Row("a", {"mae": 0.5}), Row(OURS, {"mae": 0.6}))
    assert behind.sentence() == "segue has mae 0.6, behind a, 0.5."


def test_the_sentence_compares_within_one_split_and_size_and_leaves_out_what_is_not_allowed():
    rows = (
        Row("peer", {"mse": 0.3}, split="x", size=2),
        Row(OURS, {"mse": 0.2}, split="x", size=2),
        Row("peer", {"mse": 0.01}, split="y", size=9),
        Row("cheat (not allowed)", {"mse": 0.001}, split="x", size=2),
        Row(f"{OURS} ramp", {"mse": 0.01}, split="x", size=2),
    )
    assert table_of(*rows).sentence() == "segue has mse 0.2 (x); the best other is peer, 0.3."


def test_a_table_without_ours_still_has_a_sentence():
    assert table_of(Row("a", {"auc": 0.6})).sentence() == "Measured on d.csv."
