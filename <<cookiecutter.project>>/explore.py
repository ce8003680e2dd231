"""Explore a dataset before training, as tables and as a page: `python explore.py dataset=<name>`."""

from pathlib import Path
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("explore")
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
    main()
