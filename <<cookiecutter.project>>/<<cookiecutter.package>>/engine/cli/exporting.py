"""What `export.py` does: one file of a run, with a model card."""

from pathlib import Path

from .script import DictConfig, script

__all__ = ["DictConfig", "export_run", "script"]


def export_run(config: DictConfig) -> None:
    """Write the file, compare it with its checkpoint, and write its model card.

    Raises:
        InputError: the run cannot be exported, or the Hub does not take the file.
    """
    from ..checkpoints.runs import single_run
    from ..reports.console import show_export
    from ..reports.model_card import export_with_card
    from .results import move_files, variant

    run = single_run(config.run)
    stem, path = Path(config.output_dir) / f"model{variant(run, config.weights)}", config.output and Path(config.output)
    numbers = config.samples, config.tolerance, config.weights
    exported, card = export_with_card(run, config.format, stem, path, *numbers, to=config.to)
    folder = move_files(config, [run], "export", [exported.path, card])
    show_export(exported)
    files = [each if path else folder / each.name for each in (exported.path, card)]
    print(f"file: {files[0]}\nmodel card: {files[1]}")
