"""Measure how fast a dataset is read, without training: `python benchmark.py dataset=<name>`."""

from pathlib import Path
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("benchmark")
def main(config: DictConfig) -> None:
    """Print samples a second for each number of workers, in the first epoch and in later ones."""
    from <<cookiecutter.package>>.engine.reports.reading_speed import compare_workers

    plain: Any = OmegaConf.to_container(config, resolve=True)
    compare_workers(plain, Path(config.output_dir) / "speed.csv")


if __name__ == "__main__":
    main()
