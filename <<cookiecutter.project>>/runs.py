"""List the runs below logs/, or remove checkpoints: `python runs.py`, `python runs.py clean=true`."""

from <<cookiecutter.package>>.engine.cli.command_line import compose_and_run
from <<cookiecutter.package>>.engine.core.plain import Config


def main(config: Config) -> None:
    """List runs, or remove checkpoints of all but the best."""
    from <<cookiecutter.package>>.engine.cli.run_list import clean, runs_below, show

    runs = runs_below(config["folder"])
    if config["clean"]:
        clean(runs, config["keep"], config["ask"])
    else:
        show(runs)


if __name__ == "__main__":
    compose_and_run(main, "runs")
