"""Each row of a list has a line that tells it apart from the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import NoScoreError
from segue.models.data import Vocabulary, track_table
from segue.models.scorer import Evidence, Query
from segue.music.features import DISCO
from segue.music.track import Artist
from segue.playlists.order.columns import columns_of, flow_reasons
from segue.playlists.order.order import standing_items
from segue.playlists.plan import Reason
from segue.playlists.score.evidence import Library, of_features
from segue.playlists.score.models import Models, ModelScores
from segue.playlists.text import LINE, Grounds, why, width
from segue.recipe.recipe import Recipe
from segue.recipe.references import WritePolicy
from segue.recipe.sections import SequenceSettings, Where
from segue.recipe.sources import FromPlaylist, Liked, TopTracks

IDS = [f"t{number}" for number in range(1, 25)]
TITLES = st.one_of(st.just("Song"), st.text(st.sampled_from("ab é日本…“"), max_size=90))


def grounds(*reasons: Reason, number: str = "no. 1 of 9") -> Grounds:
    return Grounds(reasons, number)


def test_the_heaviest_reason_speaks_for_a_track() -> None:
    rows = [
        grounds(Reason("a", f"light {n}", 0.1), Reason("b", f"heavy {n}", 0.9)) for n in range(6)
    ]
    assert why(rows) == [f"heavy {n}" for n in range(6)]


def test_where_it_says_the_same_of_many_a_lighter_one_is_added() -> None:
    rows = [
        grounds(Reason("a", "no play known", 0.9), Reason("b", f"like {n}", 0.1)) for n in range(6)
    ]
    assert why(rows) == [f"no play known; like {n}" for n in range(6)]


def test_a_sole_criterion_is_given_with_the_number_that_ranks() -> None:
    rows = [grounds(Reason("a", "in “Gym”"), number=f"no. {n} of 9") for n in range(6)]
    assert why(rows) == [f"in “Gym” (no. {n} of 9)" for n in range(6)]


def test_what_speaks_against_a_track_is_never_the_reason_for_it() -> None:
    rows = [
        grounds(Reason("freshness", "was in the last version", -0.9), Reason("a", "liked", 0.1))
    ]
    assert why(rows) == ["liked"]


def test_a_track_that_stands_in_the_flow_is_named_between_its_neighbours(lab) -> None:
    heard = {
        "t1": lab.features(key=9, mode=0, tempo=122.0),
        "t2": lab.features(key=4, mode=0, tempo=124.0),
    }
    tracks = [lab.track(track_id) for track_id in ("t1", "t3", "t2")]
    found = flow_reasons(columns_of(tracks, heard, DISCO), (0, 1, 2, lab.local()))
    assert found[1].text == "between “Song t1” (8A, 122) and “Song t2” (9A, 124)"
    assert found.keys() == {1}, "of the others no neighbour is known"


def test_a_list_nobody_orders_tells_of_no_neighbours(lab) -> None:
    inventory = lab.inventory(IDS[:3], features={i: lab.features(tempo=120.0) for i in IDS})
    wanted = Recipe(id="r", name="R", source=Liked(), sequence=SequenceSettings(method="none"))
    assert all(r.kind != "flow" for i in lab.build(wanted, inventory).items for r in i.reasons)


WEIGHTS = st.dictionaries(
    st.sampled_from(["recency", "novelty", "plays", "taste", "mood"]),
    st.floats(-1, 2).filter(bool),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(
    weights=WEIGHTS,
    title=TITLES,
    source=st.sampled_from([Liked(), FromPlaylist("Gym"), TopTracks("short")]),
    plays=st.lists(st.tuples(st.sampled_from(IDS), st.integers(1, 900)), max_size=20),
    taste=st.lists(st.sampled_from([0.5, 0.99]), min_size=len(IDS), max_size=len(IDS)),
    length=st.sampled_from([None, 1, 3, 12]),
    mode=st.sampled_from(["replace", "append"]),
    ordered=st.booleans(),
)
def test_no_line_stands_on_more_than_a_third_of_a_list(
    lab, weights, title, source, plays, taste, length, mode, ordered
) -> None:
    tracks = {i: lab.track(i, title=title) for i in IDS}
    inventory = lab.inventory(
        IDS,
        [lab.playlist("p", IDS, "Gym"), lab.playlist("q", [*IDS[:4], IDS[0], lab.local()])],
        plays,
        tracks=tracks,
        top={"short": tuple(IDS)},
        recipe_playlists={"r": "q"},
        features={i: lab.features(tempo=120.0, key=1, mode=1) for i in IDS[::2]},
        kept_in={"r": tuple(IDS[:2])},
    )
    wanted = Recipe(
        id="r",
        name="R",
        source=source,
        where=Where(),
        score=weights,
        length=length,
        write=WritePolicy(mode=mode),
        sequence=SequenceSettings(method="search" if ordered else "none"),
    )
    known = {"taste": ModelScores(dict(zip(IDS, taste, strict=True)))}
    try:
        items = lab.build(wanted, inventory, Models(known)).items
    except NoScoreError:
        return  # mood alone, of which nothing is known
    lines = Counter(item.why for item in items)
    assert max(lines.values(), default=0) <= max(len(items) // 3, 1), lines
    assert all(0 < width(line) <= LINE for line in lines), lines


class Features:
    """A scorer that goes by features, with evidence that is given."""

    name = "taste"
    vocabulary = Vocabulary(["t1"])
    tracks = track_table(1)

    def __init__(self, *pieces: tuple[str, float]) -> None:
        self.pieces = tuple(Evidence("feature", share, name=name) for name, share in pieces)

    def score(self, _: Query):
        return [0.875]

    def evidence(self, _: Query, tracks):
        return (self.pieces,) * len(tracks)


def test_the_artists_share_of_the_likes_and_the_feature_that_carries_taste_are_named(lab) -> None:
    inventory = lab.inventory(["t1", "t2"], features={"t1": lab.features(energy=0.831)})
    scorer = Features(("artist", 0.6), ("energy", 0.3), ("tempo", 0.06), ("liveness", 0.04))
    words = of_features(scorer, Library(inventory))(["t1", "unknown"])["t1"]
    assert words.text == "87 % likely to please: Artist t1 made 1 of your 2 likes, energy 0.83"
    assert words.detail.startswith("Artist t1 made 1 of your 2 likes (60 %), energy 0.83 (30 %)")


def test_a_feature_of_the_evidence_has_its_unit_and_a_name_keeps_its_percent_sign(lab) -> None:
    inventory = lab.inventory(["t1"], features={"t1": lab.features(loudness=-7.8)})
    track = replace(inventory.tracks["t1"], artists=(Artist("50% Grey"),))
    inventory = replace(inventory, tracks={"t1": track}, liked=())
    scorer = Features(("loudness", 0.6), ("artist", 0.3), ("liveness", 0.1))
    words = of_features(scorer, Library(inventory))(["t1"])["t1"]
    assert words.detail == "loudness -8 dB (60 %), by 50% Grey (30 %), liveness (10 %)"


def test_a_list_that_stays_as_it_stands_keeps_the_rule_and_says_nothing_of_old_neighbours(
    lab,
) -> None:
    heard = {i: lab.features(tempo=120.0) for i in IDS}
    inventory = lab.inventory(IDS[:6], features=heard)
    made = lab.build(Recipe(id="r", name="R", source=Liked()), inventory).items
    rows = [lab.entry(i) for i in [*IDS[:6][::-1], *IDS[6:20]]] + [lab.local(), lab.local("b")]
    items = standing_items(rows, made, lab.now)
    assert [item.uri for item in items] == [row.uri for row in rows]
    assert max(Counter(item.why for item in items).values()) <= len(items) // 3
    assert all(item.transition is None for item in items)
    assert all(reason.kind != "flow" for item in items for reason in item.reasons)
    assert items[10].why.startswith("was in the playlist already")
    same = standing_items([lab.entry(item.uri[14:]) for item in made], made, lab.now)
    assert same == made
