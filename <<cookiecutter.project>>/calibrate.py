"""Calibrate the probabilities of a run: `python calibrate.py run=<folder>`, `python calibrate.py --help`."""

from <<cookiecutter.package>>.engine.cli.calibrating import DictConfig, calibrate_run, script


@script("calibrate")
def main(config: DictConfig) -> None:
    """Find a temperature and the least probability of prediction sets, and write a file that predicts with them."""
    calibrate_run(config)


if __name__ == "__main__":
    main()
