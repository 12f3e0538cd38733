"""The picture: one page that needs nothing else, and a PNG."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from segue.sequencing.options import arc_of
from segue.sequencing.pictures.drawing import html_page, picture_file, png, svg
from segue.sequencing.pictures.layout import joins_of, picture_of, principal_components
from segue.sequencing.pictures.ribbon import SLICE_HEIGHT, Line, lanes_of, slice_of
from segue.sequencing.problem import Settings

RAMP = Settings(arc=arc_of("ramp"))


def _picture(random_songs, count=6):
    songs = random_songs(count, 1, unknown=0.2)
    return picture_of(songs, np.arange(count)[::-1], RAMP, [f"<b>{i}</b>" for i in range(count)])


def test_the_page_loads_nothing_from_elsewhere(random_songs):
    page = html_page(_picture(random_songs), "A <list>")
    assert "<title>A &lt;list&gt;</title>" in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "prefers-color-scheme: dark" in page
    assert "width=device-width" in page


def test_every_track_its_key_and_its_tempo_stand_in_the_drawing(random_songs):
    songs = random_songs(6, 1, unknown=0.2)
    drawn = _picture(random_songs)
    root = ET.fromstring(svg(drawn, "A list"))
    texts = ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")]
    for row in range(6):
        assert f"<b>{row}</b>" in texts
        assert (
            songs.tempo[row] != songs.tempo[row]
            or songs.tempo[row] <= 0
            or (f"{songs.tempo[row]:.0f}" in texts)
        )
    assert set(drawn.keys) <= set(texts)


def test_the_slices_of_neighbours_meet_at_their_border(random_songs):
    lanes = lanes_of(picture_of(random_songs(5, 4), np.arange(5), RAMP, [""] * 5))
    for row in range(4):
        for role in ("energy", "valence", "tempo", "arc"):
            above, below = (
                next(
                    each
                    for each in slice_of(lanes, n)
                    if isinstance(each, Line) and each.role == role
                )
                for n in (row, row + 1)
            )
            assert above.points[-1] == (pytest.approx(below.points[0][0]), SLICE_HEIGHT)
            assert below.points[0][1] == 0.0


def test_a_join_tells_whether_key_and_tempo_go_together(random_songs):
    songs = replace(
        random_songs(4, 1),
        key=np.array([9, 4, 10, 10]),
        mode=np.array([0, 0, 1, 1]),
        tempo=np.array([122.0, 124.0, 124.0, 90.0]),
    )
    assert joins_of(songs) == ("", "good", "fair", "fair")
    apart = replace(
        songs, key=np.array([9, 3, -1, -1]), tempo=np.array([122.0, 90.0, np.nan, 90.0])
    )
    assert joins_of(apart) == ("", "clash", "unknown", "unknown")


def test_three_dimensions_are_drawn_only_where_asked(random_songs):
    drawn = _picture(random_songs)
    flow = picture_file(drawn, "A list", ".svg")
    assert picture_file(drawn, "A list", ".svg", "flow") == flow
    space = picture_file(drawn, "A list", ".svg", "space")
    assert b"Way through the features" in space
    assert b"Way through the features" not in flow
    assert b"12B" in picture_file(drawn, "A list", ".html", "keys")
    assert picture_file(drawn, "A list", ".png", "space").startswith(b"\x89PNG")


@pytest.mark.parametrize("count", [40, 240, 241, 10_000])
def test_a_drawing_is_small_however_long_the_list(random_songs, count):
    songs = random_songs(count, 3)
    drawn = picture_of(
        songs,
        np.arange(count),
        RAMP,
        [f"A song of a rather long name {row}, Artist and another <&>" for row in range(count)],
    )
    assert len(svg(drawn).encode()) < 300_000


def test_the_same_picture_is_the_same_bytes(random_songs):
    assert svg(_picture(random_songs)) == svg(_picture(random_songs))


def test_the_drawing_is_well_formed_and_tempo_has_an_axis_of_its_own(random_songs):
    root = ET.fromstring(svg(_picture(random_songs)))
    texts = {"".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("text")}
    assert {"key", "BPM", "energy", "valence", "tempo, BPM", "mixes", "clashes"} <= texts


def test_an_arc_of_tempo_is_in_beats_a_minute(random_songs):
    songs = random_songs(6, 1)
    drawn = picture_of(songs, np.arange(6), Settings(arc=arc_of("ramp", {"tempo": 1.0})), [""] * 6)
    assert drawn.arc_is_tempo
    np.testing.assert_allclose(drawn.arc, sorted(songs.tempo))


def test_an_arc_of_a_blend_lies_between_nothing_and_all(random_songs):
    blend = arc_of("ramp", {"energy": 0.7, "valence": 0.3})
    drawn = picture_of(random_songs(6, 1), np.arange(6), Settings(arc=blend), [""] * 6)
    assert (drawn.arc.min(), drawn.arc.max()) == (0.0, 1.0)


def test_a_title_with_dollars_is_no_formula(random_songs):
    assert png(_picture(random_songs), "$5 and $\\frac{").startswith(b"\x89PNG")


def test_a_png_is_one(random_songs):
    assert png(_picture(random_songs), "A list", dark=True).startswith(b"\x89PNG")


def test_the_arc_is_drawn_in_the_lists_own_values(random_songs):
    songs = random_songs(6, 1)
    drawn = picture_of(songs, np.arange(6), RAMP, [""] * 6)
    assert drawn.arc.tolist() == sorted(songs.energy.tolist())


def test_components_are_ordered_by_what_they_explain(random_songs):
    found = principal_components(random_songs(40, 2, unknown=0.1).features)
    spread = found.var(axis=0)
    assert found.shape == (40, 3)
    assert spread[0] >= spread[1] >= spread[2] > 0


def test_a_list_of_one_or_none_has_a_picture(random_songs):
    for count in (0, 1):
        assert png(_picture(random_songs, count), "short").startswith(b"\x89PNG")
        assert html_page(_picture(random_songs, count), "short")
