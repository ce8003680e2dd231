"""Run a run again and compare: `python replay.py run=<folder>`, `python replay.py --help`."""

from <<cookiecutter.package>>.engine.cli.script import DictConfig, script


@script("replay", lightning=False)
def main(config: DictConfig) -> None:
    """Train with the code, config, seed and threads of a run, and compare the metrics and the weights."""
    from <<cookiecutter.package>>.engine.cli.replay import replay_job

    print(replay_job(config))


if __name__ == "__main__":
    main()
