"""The picture: one page that needs nothing else, and a PNG."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from segue.sequencing.arcs import arc_of
from segue.sequencing.pictures.drawing import html_page, png, svg
from segue.sequencing.pictures.layout import picture_of, principal_components
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


def test_each_point_of_the_page_says_which_track_it_is(random_songs):
    page = html_page(_picture(random_songs), "A list")
    tips = re.findall(
        r"<title>(\d)\. &lt;b&gt;(\d)&lt;/b&gt;\n(energy|tempo) ([\d.]+)( BPM)?<", page
    )
    songs = random_songs(6, 1, unknown=0.2)
    told = {(int(row), what): float(value) for _, row, what, value, _ in tips}
    assert told == {
        **{(r, "energy"): round(float(v), 2) for r, v in enumerate(songs.energy) if v == v},
        **{(r, "tempo"): round(float(v)) for r, v in enumerate(songs.tempo) if v > 0},
    }


@pytest.mark.parametrize("count", [40, 150, 151, 2000])
def test_a_drawing_is_small_however_long_the_list(random_songs, count):
    songs = random_songs(count, 3)
    drawn = picture_of(
        songs, np.arange(count), RAMP, [f"Song {row}, Artist" for row in range(count)]
    )
    assert len(svg(drawn).encode()) < 300_000


def test_the_same_picture_is_the_same_bytes(random_songs):
    assert svg(_picture(random_songs)) == svg(_picture(random_songs))


def test_the_drawing_is_well_formed_and_tempo_has_an_axis_of_its_own(random_songs):
    root = ET.fromstring(svg(_picture(random_songs)))
    texts = {"".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("text")}
    assert {"BPM", "energy, valence", "place in the list", "12B", "1A"} <= texts


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
