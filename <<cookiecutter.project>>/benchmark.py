"""Measure how fast a dataset is read, without training: `python benchmark.py dataset=<name>`."""

from <<cookiecutter.package>>.engine.cli.data_scripts import DictConfig, compare_workers, script


@script("benchmark")
def main(config: DictConfig) -> None:
    """Print samples a second for each number of workers, in the first epoch and in later ones."""
    compare_workers(config)


if __name__ == "__main__":
    main()
