"""Models on generated batches, with which networks and losses are checked."""

from typing import Any

import torch
from project import BIG, cases, choices_of, config_of, pairs
from torch import Tensor

from <<cookiecutter.package>>.engine.testing import (
    Batch,
    Length,
    LossOutput,
    Supervised,
    check_output,
    data_and_pipeline,
    example,
    marked,
    model_of,
)

__all__ = [
    "COUNT", "LOSSES", "NETWORKS", "PAIRS", "batch_of", "check_output", "loss_of", "model", "part", "together",
    "without_padding", "zeros",
]  # fmt: skip
NETWORKS = cases(choices_of("network"), BIG)
LOSSES = cases(choices_of("loss"))
PAIRS = pairs(BIG)
COUNT = 12


def model(*words: str) -> Supervised:
    """Model of a job with these words, its preprocessing fitted to generated samples."""
    torch.manual_seed(0)
    config = config_of(*words)
    _, pipeline = data_and_pipeline(config)
    pipeline.fit(example(pipeline.definition, 256, seed=1).input, new=False)
    made = model_of(config, pipeline)
    assert isinstance(made, Supervised)
    return made


def batch_of(made: Supervised, count: int = COUNT) -> Batch:
    """Batch of generated samples, the same at every call."""
    return example(made.pipeline.definition, count)


def part(tuple_: Any, places: slice) -> Any:
    """Some samples of all fields."""
    return type(tuple_)(*(field[places] for field in tuple_))


def without_padding(input: Any) -> list[Any]:
    """Each sample of a batch as a batch without padding; none if no field has a `Length`."""
    lengths = marked(type(input), Length)
    samples = []
    for index in range(len(input[0]) if lengths else 0):
        sample = part(input, slice(index, index + 1))
        for name, length in lengths.items():
            longest, end = getattr(sample, length.of).shape[1], int(getattr(sample, name))
            fields = {field: value for field, value in sample._asdict().items() if value.shape[1:2] == (longest,)}
            sample = sample._replace(**{field: value[:, :end] for field, value in fields.items()})
        samples.append(sample)
    return samples


def together(output: Any) -> Tensor:
    """Concatenate all fields of a prediction, one row per sample."""
    return torch.cat([field.float().reshape(len(field), -1) for field in output], 1)


def zeros(output: Any) -> Any:
    """Output with zeros for scores; lengths stay."""
    return type(output)(*(torch.zeros_like(field) if field.is_floating_point() else field for field in output))


def loss_of(made: Supervised, output: Any, batch: Batch) -> LossOutput:
    """Loss of a prediction for the targets of a batch."""
    found: LossOutput = made.loss(output, batch.target)
    return found
