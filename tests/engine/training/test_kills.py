"""Runs that are killed at random moments end as if they had not been."""

import pytest

from commands import kills

OPTIONS = (
    "network=mlp network.dropout=0.2 transformer/augment=shift callback=[default,ema]",
    "trainer.accumulate_grad_batches=2 transformer/augment=trivial_augment scheduler=reduce_on_plateau",
)
TWO_PROCESSES = "trainer=ddp_cpu data.batch_size=16 network=mlp network.dropout=0.2 callback=[default,ema]"


def test_a_run_survives_kills() -> None:
    assert kills(0, 1, OPTIONS[0]) >= 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "rounds", "least"),
    [(OPTIONS[0], 7, 50), (OPTIONS[1], 7, 50), (TWO_PROCESSES, 2, 3)],
    ids=["dropout-ema", "accumulation-plateau", "two-processes"],
)
def test_runs_survive_a_hundred_kills(words: str, rounds: int, least: int) -> None:
    assert kills(1, rounds, words) >= least
