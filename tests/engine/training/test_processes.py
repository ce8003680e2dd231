"""Several processes give what one gives. Each test starts its own, which takes its time."""

from pathlib import Path

import pytest
import torch
from polars import read_parquet
from polars.testing import assert_frame_equal
from project import QUICK, ROOT, Train, epochs, rows, weights

from commands import start

pytestmark = pytest.mark.slow  # BatchSampler's part has a quick test in test_data.py


@pytest.fixture
def words() -> list[str]:
    """No batch normalisation and no dropout, for these work on the samples of one process."""
    plain = "network=mlp" if (ROOT / "configs" / "network" / "mlp.yaml").exists() else "network=my_network"
    return [
        *QUICK,
        plain,
        "optimizer=sgd",
        "scheduler=constant",
        "data.limit_samples=93",  # the last batch has two samples or more for each process
        "trainer.log_every_n_steps=1",
        "+dataset@validation.again=digits",
    ]


@pytest.mark.parametrize("accumulated", [1, 2])
def test_two_processes_are_one_with_twice_the_batch(train: Train, words: list[str], accumulated: int) -> None:
    words.append(f"trainer.accumulate_grad_batches={accumulated}")
    one = train(*words, "data.batch_size=32", "name=one")
    prediction = start(*words, "trainer=ddp_cpu", "data.batch_size=16", "name=two", "report=true")
    assert prediction.returncode == 0, prediction.stderr[-3000:]
    (two,) = Path("logs/two").glob("*")
    tables = [read_parquet(run / "test" / "predictions.parquet") for run in (one, two)]
    assert_frame_equal(*tables, abs_tol=1e-5)
    assert (two / "report.html").is_file()
    states = [weights(run) for run in (one, two)]
    assert states[0].keys() == states[1].keys()
    assert all(torch.allclose(value, states[1][name], atol=1e-5) for name, value in states[0].items())
    for expected, found in zip([*epochs(one), rows(one)[-1]], [*epochs(two), rows(two)[-1]], strict=True):
        for name, value in expected.items():
            if name.partition("/")[0] in ("train", "val", "test") and name != "train/loss_step" and value:
                assert float(found[name]) == pytest.approx(float(value), abs=1e-5), name
    said = prediction.stdout + prediction.stderr
    assert said.count("run folder: ") == 1, "one process speaks"
    assert "UserWarning" not in said
    assert len((two / "reproduce.yaml").read_text().split("- time:")) == 2, "and one records"
