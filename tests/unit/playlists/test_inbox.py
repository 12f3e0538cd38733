"""Where new likes belong: planted lists, and what is never proposed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from segue.models.data import Vocabulary
from segue.models.scorer import Query, from_query
from segue.music.track import Artist
from segue.playlists.inbox import find_homes, fits
from segue.playlists.library import Never

FOLK, TECHNO = Artist("Folk Band", "folk"), Artist("Techno Act", "techno")
SINCE = 30


@dataclass(frozen=True)
class SameHalf:
    """A scorer to whom the even rows go together, and so do the odd ones."""

    vocabulary: Vocabulary
    name: str = "continuation"
    notes: tuple[str, ...] = ()

    def score(self, query: Query):
        rows = np.arange(len(self.vocabulary))
        same = [(rows % 2 == row % 2).astype(np.float32) for row in query.playlist]
        return np.sum(same, axis=0) if same else np.zeros(len(rows), dtype=np.float32)

    def evidence(self, query: Query, tracks):
        return from_query(self.score, query, tracks)


def absent(_: str) -> str:
    return "continuation has not been learned yet, `segue learn` does"


@pytest.fixture
def account(lab):
    """Two lists, one of a folk band and one of a techno act, and a new like of each."""
    folk = [lab.entry(i, artists=(FOLK,)) for i in ("t40", "t41", "t42")]
    techno = [lab.entry(i, artists=(TECHNO,)) for i in ("t50", "t51")]
    new = {
        "t1": lab.track("t1", artists=(TECHNO,)),
        "t2": lab.track("t2", artists=(FOLK,)),
        "t3": lab.track("t3"),
    }
    lists = (lab.playlist("p1", folk, "Folk"), lab.playlist("p2", techno, "Techno"))
    return lab.inventory(["t1", "t2", "t3"], lists, tracks=new)


def homes(lab, inventory, lookup=absent, decided=(), most_rows=10_000):
    found = find_homes(inventory, lookup, lab.ago(SINCE), decided, most_rows)
    return {each.track.id: each.best.playlist.name for each in found.proposals}, found


def test_a_like_is_proposed_for_the_list_of_its_artist_and_says_so(lab, account) -> None:
    where, found = homes(lab, account)
    assert where == {"t1": "Techno", "t2": "Folk"}
    assert found.proposals[1].best.why == "3 of its 3 songs by Folk Band"
    assert found.proposals[1].second is None


def test_what_no_list_is_like_is_named_and_not_proposed(lab, account) -> None:
    _, found = homes(lab, account)
    assert [track.id for track in found.nowhere] == ["t3"]


def test_a_fitted_model_decides_for_the_songs_it_knows(lab, account) -> None:
    model = SameHalf(Vocabulary(["t40", "t50", "t2", "t1"]))
    assert fits(model, {"p1": ["t40"], "p2": ["t50"]}, ["t1", "t2", "t3"]) == {
        "t1": {"p1": -1.0, "p2": 1.0},
        "t2": {"p1": 1.0, "p2": -1.0},
    }
    swapped = SameHalf(Vocabulary(["t40", "t50", "t1"]))
    where, found = homes(lab, account, lambda _: swapped)
    assert where == {"t1": "Folk", "t2": "Folk"}
    assert found.proposals[0].best.why == "goes on from “Song t40”"
    assert "2 likes that came after the last learning" in found.notes[0]


def test_the_runner_up_is_the_next_list_that_has_a_reason(lab, account) -> None:
    mixed = [lab.entry("t60", artists=(FOLK,)), *map(lab.entry, ("t61", "t62", "t63"))]
    lists = [*account.playlists.values(), lab.playlist("p3", mixed, "Mixed")]
    others = lab.tracks(*(f"t{number}" for number in range(100, 120)))
    known = {"t2": account.tracks["t2"], **others}
    _, found = homes(lab, lab.inventory(["t2"], lists, tracks=known))
    (only,) = found.proposals
    assert (only.best.playlist.name, only.second.playlist.name) == ("Folk", "Mixed")
    assert only.best.standing > only.second.standing


def test_older_likes_those_decided_of_and_those_in_a_list_are_not_proposed(lab, account) -> None:
    old = lab.track("t31", artists=(FOLK,))
    more = replace(
        account,
        liked=(*account.liked, *lab.liked("t31", "t40")),
        tracks={**account.tracks, "t31": old},
    )
    where, found = homes(lab, more, decided={"t1"})
    assert where == {"t2": "Folk"}
    assert [track.id for track in found.nowhere] == ["t3"]


def test_another_release_of_a_song_that_a_list_holds_is_not_proposed(lab, account) -> None:
    twin = replace(account.tracks["t40"], id="t2")
    where, _ = homes(lab, replace(account, tracks={**account.tracks, "t2": twin}))
    assert "t2" not in where


@pytest.mark.parametrize("how", ["others", "partly", "shared", "by a recipe", "full", "barred"])
def test_only_playlists_that_can_be_added_to_are_proposed(lab, account, how: str) -> None:
    folk = account.playlists["p1"]
    changed, more, most = folk, {}, 10_000
    if how == "others":
        changed = replace(folk, summary=replace(folk.summary, owner_id="somebody"))
    elif how == "partly":
        changed = replace(folk, complete=False)
    elif how == "shared":
        changed = replace(folk, summary=replace(folk.summary, collaborative=True))
    elif how == "by a recipe":
        more = {"recipe_playlists": {"r": "p1"}}
    elif how == "full":
        most = 3
    else:
        more = {"never": Never(playlists=("Folk",))}
    playlists = {**account.playlists, "p1": changed}
    summaries = tuple(each.summary for each in playlists.values())
    other = replace(account, playlists=playlists, summaries=summaries, **more)
    assert homes(lab, other, most_rows=most)[0] == {"t1": "Techno"}


def test_a_like_by_an_artist_of_never_is_not_proposed(lab, account) -> None:
    where, _ = homes(lab, replace(account, never=Never({"folk": "named"})))
    assert where == {"t1": "Techno"}
