"""Why a track is there, in words."""

from __future__ import annotations

from segue.playlists.filter.apply import filter_reasons
from segue.recipe.sections import Where
from segue.recipe.sources import Liked
from segue.recipe.values import Range

ANY = Range(None, None)


def said(lab, where: Where, **values) -> list[str]:
    inventory = lab.inventory(["t1"], features={"t1": lab.features(**values)})
    _, facts = lab.gathered(Liked(), inventory)
    return [reason.text for reason in filter_reasons(where, "t1", facts)]


def test_a_feature_the_filter_asks_about_is_given(lab) -> None:
    where = Where(energy=Range(0.4, None), tempo=ANY, loudness=ANY, key=ANY)
    found = said(lab, where, energy=0.712, tempo=104.4, loudness=-7.8, key=9, mode=0)
    assert found == ["energy 0.71", "loudness -8 dB", "in A minor", "104 BPM"]


def test_a_feature_nobody_asks_about_is_not_reported(lab) -> None:
    assert said(lab, Where(), energy=0.7) == []


def test_an_unknown_feature_is_not_reported(lab) -> None:
    where = Where(energy=ANY, tempo=ANY, key=ANY)
    assert said(lab, where, tempo=0.0, energy=float("nan"), key=-1) == []


def test_features_of_alternatives_are_reported_too(lab) -> None:
    where = Where(any_of=(Where(valence=Range(0.5, None)),))
    assert said(lab, where, valence=0.8) == ["valence 0.80"]
