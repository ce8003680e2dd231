"""Predict files with trained runs: `python predict.py run=<folder> inputs=<files>`, `python predict.py --help`."""

from functools import partial
from pathlib import Path
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("predict", lightning=False)
def main(config: DictConfig) -> None:
    """Write one row of predictions for each file, or for each row of a table."""
    from <<cookiecutter.package>>.engine.checkpoints.runs import runs_of
    from <<cookiecutter.package>>.engine.cli.results import inputs_name, move_files
    from <<cookiecutter.package>>.engine.inference.inputs import inputs_of, unit
    from <<cookiecutter.package>>.engine.inference.predict_files import tables, write
    from <<cookiecutter.package>>.engine.inference.predictor import Predictor
    from <<cookiecutter.package>>.engine.inference.streaming import check_streaming, streamed

    plain: Any = OmegaConf.to_container(config)
    runs, job, name = list(runs_of(plain["run"]).values()), Path(config.output_dir), f"predictions.{config.format}"
    names = [str(run) for run in runs]
    predictor = Predictor.load(names, config.device, config.weights, config.ensemble, plain["postprocess"])
    if config.stream:
        check_streaming(predictor)
    path = Path(config.output or job / name)
    made = path.with_name(f"{path.stem}_files")  # of predictions that are files, like masks
    with inputs_of(config.inputs, predictor.extensions) as files:
        if config.stream:
            predictions = streamed(predictor, files, config.top, partial(print, end="", flush=True))
        else:
            predictions = tables(predictor, files, config.top, config.batch_size, config.num_workers, made)
        failed = write(predictions, path, config.format)
    results = [path, *([made] if made.exists() else [])]
    folder = move_files(config, runs, f"predict/{inputs_name(config.inputs)}-{job.name}", results)
    print(f"{len(files) - failed} of {len(files)} {unit(files)} predicted: {config.output or folder / name}")


if __name__ == "__main__":
    main()
