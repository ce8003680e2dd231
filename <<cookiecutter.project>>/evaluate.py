"""How good are trained runs? `python evaluate.py run=<folder>`, `python evaluate.py --help`."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.compat import VERSION_BASE
from <<cookiecutter.package>>.run.job import job
from <<cookiecutter.package>>.strict.command_line import launch
from <<cookiecutter.package>>.strict.paths import CONFIGS


@hydra.main(config_path=str(CONFIGS), config_name="evaluate", **VERSION_BASE)
@job
def main(config: DictConfig) -> None:
    """Every run on one split, each into a folder of its name; or stored predictions once more."""
    from <<cookiecutter.package>>.reports.answering import Evaluated, evaluations
    from <<cookiecutter.package>>.reports.evaluation import numbers, write_charts, write_tables
    from <<cookiecutter.package>>.reports.predictions import read
    from <<cookiecutter.package>>.run.images import write_figure
    from <<cookiecutter.package>>.run.summary import show_metrics

    plain: Any = OmegaConf.to_container(config, resolve=True)
    folder, stored, metrics = Path(config.output_dir), config.predictions, {}
    for found in evaluations(plain) if stored is None else [Evaluated("predictions", *read(Path(stored)))]:
        place = folder / found.name
        metrics[found.name] = numbers(write_tables(found.table, found.definition, place))
        write_charts(found.table, found.definition, place)
        if found.worst is not None:
            write_figure(found.worst, place / "worst.png")
    show_metrics(metrics, folder)


if __name__ == "__main__":
    launch(main, "evaluate")
