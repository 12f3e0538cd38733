"""Lists continued as in the RecSys Challenge 2018, from slices, Parquet and by hand."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from segue.errors import DataError, NotEnoughDataError
from segue.evaluation import challenge
from segue.evaluation.baselines.challenge import Task, by_title
from segue.evaluation.challenge import (
    KINDS,
    Continued,
    evaluate_challenge,
    is_the_million,
    submission,
)
from segue.evaluation.collection import Collection, read_collection
from segue.metrics import r_precision_with_artists
from segue.models.lists.catalogue import word_vectors
from segue.models.lists.continuation import ContinuationLearner
from segue.models.lists.ranker import RankerSettings
from segue.progress import Fitting

QUICK = ContinuationLearner(
    hidden_shares=(0.5,), practice_lists=10, ranker=RankerSettings(hidden=4, epochs=2)
)
GENRES, TRACKS = ("rock", "jazz", "techno"), 250


def uri(genre: int, number: int) -> str:
    return f"spotify:track:{genre}{number:021d}"


def entry(pos: int, genre: int, number: int) -> dict[str, object]:
    artist = f"{GENRES[genre]} artist {number // 10}"
    return {
        "pos": pos,
        "track_uri": uri(genre, number),
        "track_name": f"song {number}",
        "artist_uri": f"spotify:artist:{artist}",
        "artist_name": artist,
        "album_uri": f"spotify:album:{artist}",
        "album_name": "album",
        "duration_ms": 200_000 + number,
    }


def playlists(count: int = 150) -> list[dict[str, object]]:
    """Each keeps to one genre, which its title names."""
    rng = np.random.default_rng(5)
    made = []
    for pid in range(count):
        genre = pid % len(GENRES)
        size = 130 if pid % 3 == 0 else int(rng.integers(35, 60))
        chosen = rng.choice(TRACKS, size, replace=False).tolist()
        tracks = [entry(pos, genre, number) for pos, number in enumerate(chosen)]
        made.append({"pid": pid, "name": f"my {GENRES[genre]} {pid % 7}", "tracks": tracks})
    return made


def slices(folder: Path, lists: list[dict[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    for first in range(0, len(lists), 100):
        part = {"info": {"version": "v1"}, "playlists": lists[first : first + 100]}
        path = folder / f"mpd.slice.{first}-{first + 99}.json"
        path.write_text(json.dumps(part))
    return folder


ASKED = [
    {"pid": 1000, "name": "rock", "num_holdouts": 9, "tracks": []},
    {"pid": 1001, "num_holdouts": 9, "tracks": [entry(4, 1, 3), entry(1, 1, 5)]},
]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = slices(tmp_path_factory.mktemp("mpd"), playlists())
    (folder / "challenge_set.json").write_text(json.dumps({"playlists": ASKED}))
    return read_collection(folder)


@pytest.fixture(scope="module")
def continued(collection: Collection) -> Continued:
    return evaluate_challenge(collection, "planted", Fitting(), of_each=2, learner=QUICK)


def test_the_artist_quarter_is_counted_as_the_challenge_wrote_it() -> None:
    artist = np.array([0, 0, 1, 2, 2, 3])
    # Two hidden of artists 0 and 2; of the first two, track 0 is hidden, track 4 shares artist 2.
    assert r_precision_with_artists([0, 4, 3], [0, 3], artist) == pytest.approx((1 + 0.25 * 2) / 2)
    assert r_precision_with_artists([5, 2], [0, 3], artist) == 0
    # An artist met twice counts once, and a perfect answer comes to more than 1.
    assert r_precision_with_artists([1, 0], [0, 1], artist) == pytest.approx((2 + 0.25) / 2)


def test_a_title_is_answered_by_the_lists_whose_titles_share_its_words() -> None:
    vectors = word_vectors(["rock", "rock party", "jazz", "party", "rock"])
    tracks = sparse.csr_array(np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 0]], dtype=float))
    found = by_title(vectors[:4], vectors[[4]], tracks)
    rock, party = np.log(5 / 3), np.log(5 / 2)
    cosine = rock / np.hypot(rock, party)
    np.testing.assert_allclose(found, [1.0, cosine / (1 + cosine), 0.0], rtol=1e-6)
    assert by_title(vectors[:4], vectors[[2]] * 0, tracks).tolist() == [0, 0, 0]


def test_slices_keep_order_titles_and_artists(collection: Collection) -> None:
    first = playlists()[1]
    data = collection.data
    assert collection.names[1] == first["name"]
    assert data.playlist_ids[1] == "1"
    ids = [f"spotify:track:{data.vocabulary[row]}" for row in data.playlists[1].tolist()]
    assert ids == [track["track_uri"] for track in first["tracks"]]  # type: ignore[attr-defined]
    row = data.playlists[1][0]
    assert data.tracks.artist_names[data.tracks.artist[row]].startswith("jazz artist")
    assert np.unique(collection.performers).size == len(data.tracks.artist_names)


def test_parquet_gives_what_slices_give(tmp_path: Path, collection: Collection) -> None:
    rows = [
        {"pid": each["pid"], "playlist_name": each["name"], **track}
        for each in playlists()
        for track in each["tracks"]  # type: ignore[attr-defined]
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "lists.parquet")
    read = read_collection(tmp_path)
    assert read.names == collection.names
    assert read.data.vocabulary == collection.data.vocabulary
    np.testing.assert_array_equal(read.performers, collection.performers)
    for ours, theirs in zip(read.data.playlists, collection.data.playlists, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("text", ["[1", '{"playlists": 3}', '{"items": []}'])
def test_a_damaged_slice_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "mpd.slice.0-9.json").write_text(text)
    with pytest.raises(DataError, match=r"mpd\.slice\.0-9\.json"):
        read_collection(tmp_path)


def test_every_kind_hides_what_it_should(collection: Collection) -> None:
    rng = np.random.default_rng(0)
    tasks, tuning, training = challenge._held_out(collection, 3, rng)
    assert {task.kind for task in tasks} == set(range(10))
    held = {task.id for task in (*tasks, *tuning)}
    assert held.isdisjoint(collection.data.playlist_ids[place] for place in training)
    for task in tasks:
        kind, rows = KINDS[task.kind], collection.data.playlists[int(task.id)]
        assert task.seeds.size == kind.seeds
        assert (task.title >= 0) == kind.titled
        assert np.isin(task.hidden, rows).all()
        assert not np.isin(task.hidden, task.seeds).any()
        ordered = np.array_equal(task.seeds, rows[: kind.seeds])
        assert ordered != kind.random


def test_the_protocol_finds_what_titles_and_tracks_tell(continued: Continued) -> None:
    found = {(row.split, row.method): row.metrics for row in continued.table.rows}
    key = "r_precision_artists"
    assert found["all", "segue"][key] > 1.2 * found["all", "popularity"][key]
    best = found["all", "the best other way of each kind"]
    others = [
        max(found[pair][key] for pair in found if pair[0] == kind.label and pair[1] != "segue")
        for kind in KINDS
    ]
    assert best[key] == pytest.approx(np.mean(others))  # two lists of each kind
    for label in (kind.label for kind in KINDS):
        assert {"segue", "popularity"} <= {method for split, method in found if split == label}
    assert ("title only", "item to item, cosine") not in found
    assert ("first 5, no title", "lists of like titles") not in found
    assert ("all", "best of the challenge's main track") not in found
    assert any("this is other data" in note for note in continued.table.notes)


def test_the_million_is_known_by_its_numbers(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_the_million(collection)
    used = np.unique(np.concatenate(collection.data.playlists)).size
    numbers = (len(collection.data.playlists), collection.entries, used)
    monkeypatch.setattr(challenge, "MILLION", numbers)
    assert is_the_million(collection)


def test_published_figures_stand_beside_ours_where_the_data_is_theirs() -> None:
    task = Task("1", 0, 0, np.zeros(0, np.int32))
    answer = ({"segue": (0.2, 0.3, 2.0), "popularity": (0.1, 0.1, 3.0)}, np.zeros(0, np.int64))
    rows = list(challenge._rows([task], [answer], np.random.default_rng(0), published=True))
    theirs = next(row for row in rows if row.method == "best of the challenge's main track")
    assert theirs.split == "all"
    assert theirs.metrics == {"r_precision_artists": 0.2241, "ndcg": 0.3946, "clicks": 1.784}


def test_a_submission_is_what_the_challenge_asks_for(
    collection: Collection, continued: Continued
) -> None:
    assert [each.id for each in collection.asked] == ["1000", "1001"]
    written = submission(continued, collection, "Us,us@example.org")
    lines = [line.split(",") for line in written]
    assert lines[0] == ["team_info", "Us", "us@example.org"]
    assert [line[0] for line in lines[1:]] == ["1000", "1001"]
    for line in lines[1:]:
        assert len(set(line[1:])) == 500
        assert all(each.startswith("spotify:track:") for each in line[1:])
    assert not {uri(1, 3), uri(1, 5)} & set(lines[2])
    # By its title alone a rock list gets rock, of which there are 250.
    assert sum(each.startswith("spotify:track:0") for each in lines[1][1:101]) >= 95


def test_too_few_lists_are_refused_with_a_reason(tmp_path: Path) -> None:
    read = read_collection(slices(tmp_path, playlists(20)))
    with pytest.raises(NotEnoughDataError, match="none can be held out"):
        evaluate_challenge(read, "few", Fitting(), of_each=5)
