"""From what is written to recipes, schedules and periods."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.errors import ConfigError
from segue.names import recipe_id_for
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sections import LikeText, LikeTrack, SequenceSettings, Where
from segue.recipe.sources import FromPlaylist, Liked, SourceSet
from segue.recipe.values import Range
from segued.config.load import check, settings_from

FULL = """
[[playlist]]
name = "Slow Sunday"
from = { any = ["liked"], minus = ["playlist:Gym"] }
duration = "90 minutes"
max_per_artist = 2
max_per_album = 1
unique_recordings = false
freshness = 0.5
schedule = "0 7 * * sun"
timezone = "Asia/Tokyo"
[playlist.where]
added_within = "90 days"
not_played_within = "36 hours"
plays = "..5"
artist = "Sade"
title = "live"
explicit = false
duration = "2m..6m"
year = "1990..1999"
not_in_playlist = ["Gym", "Run"]
energy = "..0.4"
tempo = "60..100"
mood = "-0.2.."
language = "EN"
not_language = ["fr"]
instrumental = false
like_text = { text = "rain on the window" }
like_track = { track = "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC", at_least = 0.6 }
unknown_features = "drop"
any = [{ valence = "0.5.." }]
none = [{ mode = 0 }]
[playlist.score]
recency = 2
[playlist.sequence]
flow = 0.5
arc = [[0, 0.2], [0.6, 0.9], [1, 0.4]]
arc_of = { energy = 0.7, valence = 0.3 }
first = "spotify:track:4uLU6hMCjMI75M1A2tKUQC"
at = { "https://open.spotify.com/track/6rqhFgbbKwnb9MLmUQDhG6" = 3 }
apart = [["4uLU6hMCjMI75M1A2tKUQC", "6rqhFgbbKwnb9MLmUQDhG6"]]
[playlist.write]
mode = "rotate"
rotate = 7
public = true
"""

DOCUMENT_ONE = {"name": "A", "from": "liked"}


def test_everything_written_reaches_the_recipe() -> None:
    (recipe,) = check(FULL, "config.toml", {}).settings.playlists
    assert recipe == Recipe(
        id="slow-sunday",
        name="Slow Sunday",
        source=SourceSet(any_of=(Liked(),), minus=(FromPlaylist("Gym"),)),
        where=Where(
            added_within="90 days",
            not_played_within="36 hours",
            plays=Range(None, 5),
            artist=("Sade",),
            title="live",
            explicit=False,
            duration=Range(120, 360),
            year=Range(1990, 1999),
            not_in_playlist=("Gym", "Run"),
            energy=Range(None, 0.4),
            tempo=Range(60, 100),
            mood=Range(-0.2, None),
            language=("en",),
            not_language=("fr",),
            instrumental=False,
            like_text=LikeText(text="rain on the window", at_least=0.4),
            like_track=LikeTrack(track="4uLU6hMCjMI75M1A2tKUQC", at_least=0.6),
            unknown_features="drop",
            any_of=(Where(valence=Range(0.5, None)),),
            none_of=(Where(mode=Range(0, 0)),),
        ),
        duration="90 minutes",
        max_per_artist=2,
        max_per_album=1,
        unique_recordings=False,
        score={"recency": 2},
        freshness=0.5,
        sequence=SequenceSettings(
            flow=0.5,
            arc=[[0, 0.2], [0.6, 0.9], [1, 0.4]],
            arc_of={"energy": 0.7, "valence": 0.3},
            first="4uLU6hMCjMI75M1A2tKUQC",
            at={"6rqhFgbbKwnb9MLmUQDhG6": 3},
            apart=[["4uLU6hMCjMI75M1A2tKUQC", "6rqhFgbbKwnb9MLmUQDhG6"]],
        ),
        write=WritePolicy(mode="rotate", rotate=7, public=True),
    )


def test_the_defaults_are_those_of_a_recipe() -> None:
    (recipe,) = settings_from({"playlist": [DOCUMENT_ONE]}).playlists
    assert recipe == Recipe(id="a", name="A", source=Liked())


def test_a_short_playlist_is_not_refused_by_the_default_guard() -> None:
    (recipe,) = settings_from({"playlist": [{**DOCUMENT_ONE, "length": 3}]}).playlists
    assert recipe.write.min_tracks == 3


def test_a_given_id_is_kept() -> None:
    settings = settings_from(
        {"playlist": [{**DOCUMENT_ONE, "id": "x"}, {**DOCUMENT_ONE, "name": "B"}]}
    )
    assert [recipe.id for recipe in settings.playlists] == ["x", "b"]


def test_an_id_is_made_from_a_name() -> None:
    assert recipe_id_for("Slow Sunday") == "slow-sunday"


@given(st.text(min_size=1, max_size=100))
def test_every_name_makes_an_id_that_could_have_been_given(name: str) -> None:
    made = recipe_id_for(name)
    settings_from({"playlist": [{"name": "x", "from": "liked", "id": made}]})


def test_names_that_differ_in_more_than_letters_make_different_ids() -> None:
    names = ["Café", "Cafe", "Cafè", "日曜日", "月曜日", "☀", "x" * 90, "x" * 91]
    assert len({recipe_id_for(name) for name in names}) == len(names)


def test_a_playlists_schedule_goes_by_its_own_timezone() -> None:
    settings = check(FULL, "config.toml", {}).settings
    now = datetime(2026, 11, 25, tzinfo=UTC)
    assert settings.period_start("slow-sunday", now) == datetime(2026, 11, 21, 22, tzinfo=UTC)


def test_without_a_schedule_the_period_is_the_day_where_the_user_is() -> None:
    document = {"timezone": "America/New_York", "playlist": [DOCUMENT_ONE]}
    now = datetime(2026, 11, 22, 1, tzinfo=UTC)
    start = settings_from(document).period_start("a", now)
    assert start == datetime(2026, 11, 21, 5, tzinfo=UTC)


def problems(lines: str, source: str = 'from = "liked"') -> str:
    """What is wrong with one recipe of these lines, as text."""
    try:
        check(f'[[playlist]]\nname = "R"\n{source}\n{lines}', "config.toml", {})
    except ConfigError as error:
        return "\n".join(f"{p.path}: {p.message} {p.suggestion}" for p in error.problems)
    return ""


def test_a_recipe_is_sorted_or_it_flows() -> None:
    assert not problems('sort = "title"\ndescending = true')
    both = problems('sort = "title"\n[playlist.sequence]\narc = "ramp"')
    assert "playlist[0].sort: sort puts the list in order" in both
    assert "descending only means something with sort" in problems("descending = true")
    assert "Did you mean" in problems('sort = "populrity"')


def test_shares_need_a_size_and_an_order_that_lets_them_stand() -> None:
    shares = 'from = {{ shares = [["liked", 60], ["albums", 40]]{} }}\n{}'

    def said(layout: str, lines: str) -> str:
        return problems(shares.format(layout, lines), source="")

    assert not said("", "length = 20")
    assert not said(', layout = "blocks"', 'length = 20\n[playlist.sequence]\narc = "ramp"')
    assert "Add length or duration" in said("", "")
    interleaved = said(', layout = "interleaved"', "length = 9\n[playlist.sequence]\nflow = 2.0")
    assert "interleaved puts the list in order" in interleaved
    pinned = f'length = 9\n[playlist.sequence]\nfirst = "{"4uLU6hMCjMI75M1A2tKUQC"}"'
    assert "a place in the whole list" in said(', layout = "blocks"', pinned)
    assert "the shares come to 100.5" in problems(
        'from = { shares = [["liked", 60], ["albums", 40.5]] }\nlength = 9', source=""
    )


def test_a_mistake_that_only_a_variant_makes_names_the_variant() -> None:
    def said(variant: str, lines: str = "length = 20") -> str:
        return problems(f"{lines}\n[[playlist.when]]\n{variant}")

    assert not said('on = "sat"\nduration = "1 hour"')
    assert "playlist[0].when[0]: when it holds is not said. Add on or month." in said("length = 9")
    both = said('on = "sat"\nlength = 9\nduration = "1h"')
    assert "playlist[0].when[0].duration: length and duration are both given" in both
    sort = said('on = "sat"\nsort = "title"', 'sequence = { arc = "ramp" }')
    assert "playlist[0].when[0].sort: sort puts the list in order" in sort
    assert "no recipe called 'Nobody'" in said('on = "sat"\nfrom = "recipe:Nobody"')
    assert "did you mean 'monday'" in said('on = "mondey"')
    assert "did you mean 'december'" in said('month = "decmber"')
    assert "It belongs in [playlist.where]" in said('on = "sat"\nenergy = "0.4.."')
    assert said('on = "sat"', 'schedule = "never"').count("schedule") == 1


def test_what_is_to_stay_together_is_neither_apart_nor_in_two_groups() -> None:
    a, b, c = "4uLU6hMCjMI75M1A2tKUQC", "6rqhFgbbKwnb9MLmUQDhG6", "1301WleyT98MSxVHPZCA6M"

    def said(groups: str, apart: str = "[]") -> str:
        return problems(f"sequence = {{ keep_together = {groups}, apart = {apart} }}")

    assert not said(f'[["{a}", "{b}"]]', f'[["{a}", "{c}"]]')
    assert "to stay apart as well" in said(f'[["{c}", "{a}", "{b}"]]', f'[["{b}", "{a}"]]')
    assert "named twice; write what follows" in said(f'[["{a}", "{b}"], ["{b}", "{c}"]]')
    assert "expected groups of tracks" in said(f'[["{a}"]]')


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [("", True), ('[tags]\nlastfm_key = ""\n', True), ('[tags]\nlastfm_key = "env:KEY"\n', False)],
)
def test_scrobbles_at_lastfm_need_a_key(tags: str, wrong: bool) -> None:
    text = f'{tags}[scrobbles]\nlastfm_user = "rob"\n'
    if not wrong:
        assert check(text, "config.toml", {}).settings.scrobbles.lastfm_user == "rob"
        return
    with pytest.raises(ConfigError, match=r"scrobbles\.lastfm_user.*with a key"):
        check(text, "config.toml", {})
