"""Measure how fast a dataset is read, without training: `python benchmark.py dataset=<name>`."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.engine.cli.script import script

WORKERS = (0, 2, 4)  # processes that read


@script("benchmark")
def main(config: DictConfig) -> None:
    """Print samples a second for each number of workers, in the first epoch and in later ones."""
    from <<cookiecutter.package>>.engine.reports.console import show_tables
    from <<cookiecutter.package>>.engine.reports.reading_speed import measured
    from <<cookiecutter.package>>.engine.training.factory import data_and_pipeline

    plain: Any = OmegaConf.to_container(config, resolve=True)
    plain["data"]["cache"] = None  # which would hide how long reading takes
    rows = []
    for workers in WORKERS:
        plain["data"]["num_workers"] = workers
        data, _ = data_and_pipeline(plain)
        rows.append([str(workers), *measured(data)])
    head = ["workers", "first epoch: samples/s", "later epochs: samples/s", "seconds of the first epoch"]
    show_tables({f"{type(data.dataset).__name__}, batches of {data.options.batch_size}": [head, *rows]})
    (Path(config.output_dir) / "speed.csv").write_text("\n".join(",".join(row) for row in [head, *rows]) + "\n")


if __name__ == "__main__":
    main()
