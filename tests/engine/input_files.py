"""Files that predict.py can read."""

from pathlib import Path

from PIL import Image
from project import default_dataset


def write_inputs(folder: Path, count: int) -> list[Path]:
    """Write the first test samples of the default dataset; return their paths."""
    dataset = default_dataset()()
    samples = dataset.samples(dataset.tokens("test"))
    folder.mkdir(parents=True)
    paths = [folder / f"{number:03}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(samples[number].input.image.permute(1, 2, 0).squeeze(2).numpy()).save(path)
    return paths
