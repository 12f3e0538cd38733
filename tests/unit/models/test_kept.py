"""What judging and fitting begin with is worked out once, and only for the data it is of."""

import pytest

from segue.errors import NotEnoughDataError
from segue.models.data import TrainingData, Vocabulary, track_table
from segue.models.scorer import Kept


def data():
    return TrainingData(vocabulary=Vocabulary(["a"]), tracks=track_table(1), playlists=())


@pytest.fixture
def worked():
    return []


@pytest.fixture
def ask(worked):
    kept = Kept[int]()

    def ask(of, how=0):
        return kept.of(of, how, lambda: worked.append(how) or len(worked))

    return ask


def test_the_same_data_is_worked_on_once(ask, worked):
    same = data()
    assert ask(same) == ask(same) == 1
    assert len(worked) == 1


def test_other_data_that_looks_the_same_is_worked_on_anew(ask, worked):
    ask(data())
    ask(data())
    assert len(worked) == 2


def test_another_seed_is_worked_on_anew(ask, worked):
    same = data()
    ask(same, how=0)
    ask(same, how=1)
    assert worked == [0, 1]


def test_after_a_failure_it_is_worked_on_anew():
    kept, same = Kept[int](), data()

    def too_little():
        raise NotEnoughDataError("too little")

    with pytest.raises(NotEnoughDataError):
        kept.of(same, 0, too_little)
    assert kept.of(same, 0, lambda: 7) == 7
