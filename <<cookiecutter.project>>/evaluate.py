"""Evaluate trained runs: `python evaluate.py run=<folder>`, `python evaluate.py --help`."""

from functools import partial
from pathlib import Path
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("evaluate")
def main(config: DictConfig) -> None:
    """Evaluate each run on a split, or stored predictions, and write the results to the folder of the run."""
    from <<cookiecutter.package>>.engine.cli.results import move_evaluations
    from <<cookiecutter.package>>.engine.cli.validate import check
    from <<cookiecutter.package>>.engine.inference.evaluate import evaluations
    from <<cookiecutter.package>>.engine.inference.predictions import read
    from <<cookiecutter.package>>.engine.reports.console import show_metrics, show_tables
    from <<cookiecutter.package>>.engine.reports.evaluation import write_all, write_comparison
    from <<cookiecutter.package>>.engine.reports.slices import slices_of, write_slices

    plain: Any = OmegaConf.to_container(config, resolve=True)
    job, stored, metrics, runs = Path(config.output_dir), config.predictions, {}, {}
    for evaluated in evaluations(plain, partial(check, only="data")) if stored is None else [read(Path(stored))]:
        metrics[evaluated.name] = write_all(evaluated, job / evaluated.name)
        runs[evaluated.name] = evaluated.run
        if by := plain["by"]:
            facts = None if plain["metadata"] is None else Path(plain["metadata"])
            slices = write_slices(slices_of(evaluated, by, facts), by, job / evaluated.name / "slices.csv")
            show_tables({f"{evaluated.name} by {by}": slices})
    if len(metrics) > 1:
        write_comparison(metrics, job)
    show_metrics(metrics, move_evaluations(config, runs))


if __name__ == "__main__":
    main()
