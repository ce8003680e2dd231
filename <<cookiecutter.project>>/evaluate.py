"""How good are trained runs? `python evaluate.py run=<folder>`, `python evaluate.py --help`."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.engine.cli.command_line import launch
from <<cookiecutter.package>>.engine.cli.job import job
from <<cookiecutter.package>>.engine.core.paths import CONFIGS


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="evaluate")
@job
def main(config: DictConfig) -> None:
    """Every run on one split, each into a folder of its name; or stored predictions once more."""
    from <<cookiecutter.package>>.engine.cli.validate import check
    from <<cookiecutter.package>>.engine.inference.evaluate import Evaluated, evaluations
    from <<cookiecutter.package>>.engine.inference.predictions import read
    from <<cookiecutter.package>>.engine.loggers.images import write_figure
    from <<cookiecutter.package>>.engine.reports.console import show_metrics
    from <<cookiecutter.package>>.engine.reports.evaluation import numbers, write_charts, write_tables

    plain: Any = OmegaConf.to_container(config, resolve=True)
    folder, stored, metrics = Path(config.output_dir), config.predictions, {}
    for found in evaluations(plain, check) if stored is None else [Evaluated("predictions", *read(Path(stored)))]:
        place = folder / found.name
        metrics[found.name] = numbers(write_tables(found.table, found.definition, place))
        write_charts(found.table, found.definition, place)
        if found.worst is not None:
            write_figure(found.worst, place / "worst.png")
    show_metrics(metrics, folder)


if __name__ == "__main__":
    launch(main, "evaluate")
