"""Suggest a learning rate from a short training on a copy of the network: `python tune.py`, `python tune.py --help`."""

from <<cookiecutter.package>>.engine.cli.tuning import DictConfig, script, suggest_rate


@script("tune")
def main(config: DictConfig) -> None:
    """Print and draw the loss over the learning rate, and the command that trains with the suggested one."""
    suggest_rate(config)


if __name__ == "__main__":
    main()
