"""Shards hold the samples of each problem, and train it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, config_of

from conftest import Run, each_family
from my_project.engine.data.collate import index_batch
from my_project.engine.training.factory import data_and_pipeline


def read(*words: str) -> dict[str, Any]:
    data, _ = data_and_pipeline(config_of(*words))
    data.setup("fit")
    return {name: index_batch(batch, slice(None)) for name, batch in data.splits.items()}


@pytest.mark.slow
@each_family
def test_the_samples_in_shards_are_those_of_the_dataset(problem: str, script: Run) -> None:
    words = (f"problem={problem}", "data.limit_samples=60")
    script("shard", *words, "dir=shards", "shard_mib=0.001")
    assert len(list(Path("shards").glob("train-0*"))) >= (1 if problem == "blank" else 2)
    direct, streamed = read(*words), read(words[0], "dataset=streaming", "dataset.dir=shards")
    for split, expected in direct.items():
        found = streamed[split]
        for one, other in zip([*expected.input, *expected.target], [*found.input, *found.target], strict=True):
            assert torch.equal(one, other)
    script("train", *QUICK, *words[:1], "dataset=streaming", "dataset.dir=shards")
