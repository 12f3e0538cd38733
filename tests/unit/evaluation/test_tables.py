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
