"""Train a network, then test its best checkpoint: `python train.py`, `python train.py --help`."""

from pathlib import Path
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("train")
def main(config: DictConfig) -> float | None:
    """Run one training, and return its best monitored score."""
    # Imported here: --help and a refused command line need no torch.
    from pytorch_lightning import seed_everything

    from <<cookiecutter.package>>.engine.cli.provenance import log_config, record, record_data, record_network
    from <<cookiecutter.package>>.engine.cli.shown_config import log_choices
    from <<cookiecutter.package>>.engine.core.instantiate import build
    from <<cookiecutter.package>>.engine.core.startup import optimize_without_dynamo
    from <<cookiecutter.package>>.engine.reports.console import (
        show_data,
        show_export,
        show_layers,
        show_result,
        show_warm_start,
        warn_without_checkpoints,
    )
    from <<cookiecutter.package>>.engine.training import (
        Supervised,
        data_and_pipeline,
        fit,
        model_of,
        resumable,
        set_up,
    )

    plain: Any = OmegaConf.to_container(config, resolve=True)
    folder, again = Path(config.output_dir), config.resume is not None
    checkpoint = resumable(folder) if again else None  # a run without one starts again
    log_choices(folder)

    # 1. The machine.
    seed_everything(config.seed, verbose=False)
    optimize_without_dynamo()
    record(folder, config.seed, again)
    loggers, callbacks = build(plain, "logger"), build(plain, "callback")
    trainer = build(plain, "trainer", logger=list(loggers.values()), callbacks=list(callbacks.values()))
    warn_without_checkpoints(trainer, callbacks)

    # 2. The parts.
    data, pipeline = data_and_pipeline(plain)
    model = model_of(plain, pipeline)

    # 3. Check that the parts fit together before data are read; read the data, and fit the pre-processing.
    set_up(model, data, resuming=checkpoint is not None)
    record_data(folder, data)
    show_data(data)
    if checkpoint is None and (report := build(plain, "warm_start", pipeline)):
        show_warm_start(report)
    network = pipeline.network if isinstance(model, Supervised) else model
    record_network(folder, network)
    show_layers(network)

    # 4. Train the model, and test the best checkpoint.
    log_config(trainer.loggers, plain)
    score = fit(trainer, model, data, checkpoint, test=config.get("test") != "none")
    if config.get("report", True) and trainer.is_global_zero:  # configs of resumed runs may lack the key
        from <<cookiecutter.package>>.engine.reports.run_report import write_report

        write_report(folder, data, pipeline, trainer.loggers, trainer.global_step)
    if config.get("export") and trainer.is_global_zero:
        from <<cookiecutter.package>>.engine.reports.model_card import export_with_card

        exported, _ = export_with_card(folder, config.export, folder / "export" / "model")
        show_export(exported)
    show_result(trainer.callback_metrics, folder)
    return score


if __name__ == "__main__":
    main()
