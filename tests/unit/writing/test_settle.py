from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from segue.playlists.library import Playlist, PlaylistEntry, PlaylistSummary
from segue.playlists.plan import PlannedItem, Transition
from segued.writing.edits import Edits
from segued.writing.operations import operations
from segued.writing.settle import BY_HAND, STAYS, settle

STEP = Transition(0.5, 1.0, 1.0, "up")


def items(uris: str) -> list[PlannedItem]:
    """Planned items; each but the first has a transition."""
    return [
        PlannedItem(uri, uri, "", 1000, (), STEP if place else None)
        for place, uri in enumerate(uris)
    ]


def playlist(uris: str) -> Playlist:
    """Rows; capitals cannot be added back."""
    entries = tuple(PlaylistEntry(u, "local" if u.isupper() else "episode", u) for u in uris)
    return Playlist(PlaylistSummary("p", "N", "me", "s"), entries)


def uris(settled: tuple[PlannedItem, ...]) -> str:
    return "".join(item.uri for item in settled)


def test_a_new_playlist_is_as_planned() -> None:
    assert uris(settle(items("abc"), None, Edits())) == "abc"


def test_what_was_removed_by_hand_is_left_out() -> None:
    assert uris(settle(items("abc"), playlist("ac"), Edits(kept_out=("b",)))) == "ac"


def test_what_was_added_by_hand_stays_where_it_stands() -> None:
    found = settle(items("abc"), playlist("axbc"), Edits(kept_in=("x",)))
    assert uris(found) == "axbc"
    assert found[1].reasons == (BY_HAND,)


def test_what_was_added_by_hand_and_is_planned_anyway_stays_as_planned() -> None:
    found = settle(items("abx"), playlist("xab"), Edits(kept_in=("x",)))
    assert uris(found) == "abx"


def test_a_row_that_cannot_be_added_back_keeps_its_place() -> None:
    found = settle(items("cba"), playlist("aLbc"), Edits())
    assert uris(found) == "cLba"
    assert found[1].reasons == (STAYS,)


def test_such_a_row_is_never_planned_more_often_than_it_is_there() -> None:
    assert uris(settle(items("LaLb"), playlist("abL"), Edits())) == "Lab"


def test_such_a_row_stays_though_it_was_once_removed_by_hand() -> None:
    assert uris(settle(items("ab"), playlist("aLb"), Edits(kept_out=("L",)))) == "aLb"


def test_an_order_by_hand_holds_while_the_members_are_the_same() -> None:
    assert uris(settle(items("abc"), playlist("cab"), Edits(reordered=True))) == "cab"


def test_an_order_by_hand_gives_way_when_members_change() -> None:
    assert uris(settle(items("abd"), playlist("cab"), Edits(reordered=True))) == "abd"


def test_a_transition_from_another_neighbour_is_dropped() -> None:
    found = settle(items("abc"), playlist("aLbc"), Edits())
    assert [item.transition for item in found] == [None, None, None, STEP]


@given(
    st.text("abcdef", max_size=8),
    st.text("abcdefLM", max_size=10),
    st.sets(st.sampled_from("abcdef")),
)
def test_a_settled_list_can_always_be_written(planned: str, there: str, out: set[str]) -> None:
    playlist_there = playlist(there)
    edits = Edits(kept_in=tuple(set(there) - out - {"L", "M"}), kept_out=tuple(out))
    settled = uris(settle(items(planned), playlist_there, edits))
    operations(playlist_there.entries, settled)  # raises where a row would be lost
    assert set(edits.kept_in) <= set(settled)
    assert not out & set(settled)
    fixed = Counter(uri for uri in there if uri.isupper())
    assert Counter(uri for uri in settled if uri.isupper()) == fixed


def test_the_items_given_are_not_changed() -> None:
    given_items = items("abc")
    settle(given_items, playlist("cab"), Edits(reordered=True))
    assert given_items == [replace(item) for item in items("abc")]
