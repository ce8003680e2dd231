"""Train a network, then test its best checkpoint: `python train.py`, `python train.py --help`."""

from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.engine.cli.command_line import launch
from <<cookiecutter.package>>.engine.cli.job import job
from <<cookiecutter.package>>.engine.core.paths import CONFIGS


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="train")
@job
def main(config: DictConfig) -> float | None:
    """One job, from its config to its best monitored score."""
    # Imported here, so that --help and a refused command line need no torch.
    from pytorch_lightning import seed_everything

    from <<cookiecutter.package>>.engine.callbacks.checkpoint import best
    from <<cookiecutter.package>>.engine.cli.provenance import record
    from <<cookiecutter.package>>.engine.core.instantiate import build
    from <<cookiecutter.package>>.engine.reports.console import (
        show_config,
        show_data,
        show_layers,
        show_result,
        show_warm_start,
    )
    from <<cookiecutter.package>>.engine.training.contract import check_contract
    from <<cookiecutter.package>>.engine.training.factory import data_and_pipeline, model_of
    from <<cookiecutter.package>>.engine.training.warm_start import warm_start

    plain: Any = OmegaConf.to_container(config, resolve=True)
    folder, resumed = Path(config.output_dir), config.resume is not None
    show_config(OmegaConf.to_container(config, resolve=False))

    # 1. The machine.
    seed_everything(config.seed, verbose=False)
    record(folder, config.seed, resumed)
    loggers, callbacks = build(plain, "logger"), build(plain, "callback")
    trainer = build(plain, "trainer", logger=list(loggers.values()), callbacks=list(callbacks.values()))

    # 2. The parts, and whether they fit together: asked before any data are read.
    data, pipeline = data_and_pipeline(plain)
    model = model_of(plain, pipeline)
    check_contract(pipeline, model.loss)

    # 3. The data, and what they decide.
    data.setup("fit")
    pipeline.fit(data.splits["train"].input, new=not resumed)
    show_data(data)
    if not resumed and (report := warm_start(pipeline, **plain["warm_start"])):
        show_warm_start(report)
    show_layers(pipeline.network)

    # 4. Train the model, and test the best.
    for logger in trainer.loggers:
        logger.log_hyperparams(plain)
    trainer.fit(model, data, ckpt_path=folder / "checkpoints" / "last.ckpt" if resumed else None)
    path, score = best(trainer)
    if score is None:
        score = trainer.callback_metrics.get(config.monitor.metric)
    (metrics,) = trainer.test(model, data, ckpt_path=path, verbose=False)
    if config.get("report", True) and trainer.is_global_zero:  # runs of before have no such key
        from <<cookiecutter.package>>.engine.reports.run_report import write_report

        write_report(folder, data, pipeline, trainer.loggers, trainer.global_step)
    show_result(metrics, folder)
    return None if score is None else float(score)


if __name__ == "__main__":
    launch(main)
