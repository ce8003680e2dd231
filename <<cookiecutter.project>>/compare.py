"""Which run is better, and is it shown? `python compare.py runs=[a,b]`, with intervals over samples and seeds."""

from <<cookiecutter.package>>.engine.cli.command_line import compose_and_run
from <<cookiecutter.package>>.engine.core.plain import Config


def main(config: Config) -> None:
    """Compare runs on the same samples."""
    from <<cookiecutter.package>>.engine.cli.compare_runs import compare

    compare(config)


if __name__ == "__main__":
    compose_and_run(main, "compare")
