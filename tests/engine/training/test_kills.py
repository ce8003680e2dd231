"""Runs that are killed at any change of a file, or at random moments, end as if they had not been."""

import pytest

from commands import survive_kills

OPTIONS = (
    "network=mlp network.dropout=0.2 transformer/augment=shift callback=[default,ema]",
    "trainer.accumulate_grad_batches=2 transformer/augment=trivial_augment scheduler=reduce_on_plateau",
)
TWO_PROCESSES = "trainer=ddp_cpu data.batch_size=16 network=mlp network.dropout=0.2 callback=[default,ema]"


def test_a_run_survives_kills() -> None:
    survive_kills(0, 5, OPTIONS[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "count"),
    [(OPTIONS[0], 50), (OPTIONS[1], 50), (TWO_PROCESSES, 5)],
    ids=["dropout-ema", "accumulation-plateau", "two-processes"],
)
def test_runs_survive_a_hundred_kills(words: str, count: int) -> None:
    survive_kills(1, count, words)
