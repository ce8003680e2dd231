"""Train and validation are apart, in shares that hold for every class, and folds cover everything."""

import pytest
from project import Train

from data_modules import DefaultDataset, same, served
from my_project.engine.core.random_split import fold_split, random_split
from my_project.engine.data.options import SplitOptions


def test_train_and_validation_are_apart_and_the_same_for_a_seed() -> None:
    data = served()
    ids = set(data.splits["train"].id.tolist()), set(data.splits["val"].id.tolist())
    assert not ids[0] & ids[1]
    assert len(ids[0] | ids[1]) == len(data.dataset.tokens("train"))
    assert same(data.splits["val"], served().splits["val"])
    assert not same(data.splits["val"], served(seed=1).splits["val"])


def test_strata_keep_their_shares() -> None:
    labels = [0] * 700 + [1] * 200 + [2] * 100
    left, out = random_split(1000, 0.1, seed=3, strata=labels)
    assert [sum(labels[index] == label for index in out) for label in range(3)] == [70, 20, 10]
    assert sorted(left + out) == list(range(1000))


@pytest.mark.parametrize("strata", [None, [0] * 40 + [1] * 13 + [2] * 3])
def test_folds_are_apart_and_together_everything(strata: list[int] | None) -> None:
    parts = [fold_split(56, 5, fold, seed=1, strata=strata) for fold in range(5)]
    assert sorted(index for _, out in parts for index in out) == list(range(56))
    for left, out in parts:
        assert sorted(left + out) == list(range(56))
        assert len(out) in (11, 12)
        for label in set(strata or []):
            share = (strata or []).count(label) / 5
            assert abs(sum((strata or [])[index] == label for index in out) - share) < 1


def test_a_fold_is_an_ordinary_override(train: Train) -> None:
    with pytest.raises(SystemExit, match="expected one of 0 to 2"):
        train("data.split.folds=3", "data.split.fold=3", "trainer=cpu")
    data = [served(split=SplitOptions(folds=3, fold=fold)).splits["val"].id.tolist() for fold in range(3)]
    assert sorted(index for fold in data for index in fold) == list(range(len(DefaultDataset().tokens("train"))))
