"""Files that predict.py can read."""

from pathlib import Path

from project import default_dataset
from stand_ins import write_input


def write_inputs(folder: Path, count: int) -> list[Path]:
    """Write the first test samples of the default dataset; return their paths."""
    dataset = default_dataset()()
    samples = dataset.samples(dataset.tokens("test"))
    folder.mkdir(parents=True)
    return [write_input(folder, f"{place:03}", samples[place].input) for place in range(count)]
