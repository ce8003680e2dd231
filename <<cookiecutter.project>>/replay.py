"""Run a run again and compare: `python replay.py run=<folder>`, `python replay.py --help`."""

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.engine.cli.script import script


@script("replay", lightning=False)
def main(config: DictConfig) -> None:
    """Train with the code, config, seed and threads of a run, and compare the metrics and the weights."""
    from <<cookiecutter.package>>.engine.checkpoints.runs import folder_of, single_run
    from <<cookiecutter.package>>.engine.cli.replay import replay
    from <<cookiecutter.package>>.engine.cli.results import discard

    run, job = folder_of(single_run(config.run)), Path(config.output_dir)
    placed = not OmegaConf.is_interpolation(config, "output_dir")
    print(replay(run, job.resolve() if placed else run / "replay" / job.name, config.trust))
    discard(config)


if __name__ == "__main__":
    main()
