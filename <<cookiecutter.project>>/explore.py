"""Explore a dataset before training, as tables and as a page: `python explore.py dataset=<name>`."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.engine.cli.command_line import launch
from <<cookiecutter.package>>.engine.cli.job import job
from <<cookiecutter.package>>.engine.core.compat import VERSION_BASE
from <<cookiecutter.package>>.engine.core.paths import CONFIGS


@hydra.main(config_path=str(CONFIGS), config_name="explore", **VERSION_BASE)
@job
def main(config: DictConfig) -> None:
    """Print and write the data card of a dataset, as training reads it."""
    from <<cookiecutter.package>>.engine.reports.console import show_tables
    from <<cookiecutter.package>>.engine.reports.exploration import write_page
    from <<cookiecutter.package>>.engine.training.factory import data_and_pipeline

    plain: Any = OmegaConf.to_container(config, resolve=True)
    data, _ = data_and_pipeline(plain)
    data.setup("fit")
    path = Path(config.output_dir) / "data.html"
    show_tables(write_page(data, path))
    print(f"page: {path}")


if __name__ == "__main__":
    launch(main, "explore")
