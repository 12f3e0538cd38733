"""The picture: one page that needs nothing else, and a PNG."""

from __future__ import annotations

import re

import numpy as np

from segue.sequencing.arcs import arc_of
from segue.sequencing.pictures.drawing import png
from segue.sequencing.pictures.layout import picture_of, principal_components
from segue.sequencing.pictures.page import html_page
from segue.sequencing.settings import Settings

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
