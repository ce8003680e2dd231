"""Scripts that read a dataset and train nothing: what `explore.py`, `benchmark.py` and `shard.py` do."""

from pathlib import Path
from typing import Any

from .script import DictConfig, OmegaConf, script

__all__ = ["DictConfig", "compare_workers", "explore", "script", "write_shards"]


def explore(config: DictConfig) -> None:
    """Print and write the data card of a dataset, as training reads it."""
    from ..checkpoints.runs import runs_of
    from ..reports.console import show_tables
    from ..reports.exploration import LABELS, write_page
    from ..training.factory import data_and_pipeline

    plain: Any = OmegaConf.to_container(config, resolve=True)
    runs = [] if plain["runs"] is None else list(runs_of(plain["runs"], "runs").values())
    data, _ = data_and_pipeline(plain)
    data.setup("fit")
    path = Path(config.output_dir) / "data.html"
    show_tables(write_page(data, path, runs))
    print(f"page: {path}")
    if (labels := path.with_name(LABELS)).is_file():
        print(f"labels to look at: {labels}")


def compare_workers(config: DictConfig) -> None:
    """Print samples a second for each number of workers, in the first epoch and in later ones."""
    from ..reports.reading_speed import compare_workers

    plain: Any = OmegaConf.to_container(config, resolve=True)
    compare_workers(plain, Path(config.output_dir) / "speed.csv")


def write_shards(config: DictConfig) -> None:
    """Prepare all samples, and write those that are not in the folder yet."""
    from ..data.shard_writer import ShardWriter
    from ..training.factory import data_and_pipeline

    plain: Any = OmegaConf.to_container(config, resolve=True)
    count = ShardWriter(*data_and_pipeline(plain), config.dir, config.shard_mib).write()
    print(f"{count} shards in {config.dir}: python train.py dataset=streaming dataset.dir={config.dir}")
