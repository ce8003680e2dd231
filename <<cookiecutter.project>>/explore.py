"""Explore a dataset before training, as tables and as a page: `python explore.py dataset=<name>`."""

from <<cookiecutter.package>>.engine.cli.data_scripts import DictConfig, explore, script


@script("explore")
def main(config: DictConfig) -> None:
    """Print and write the data card of a dataset, as training reads it."""
    explore(config)


if __name__ == "__main__":
    main()
