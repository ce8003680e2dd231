"""Export a run to one file: `python export.py run=<folder> format=onnx`, `python export.py --help`."""

from pathlib import Path

from omegaconf import DictConfig

from <<cookiecutter.package>>.engine.cli.script import script


@script("export")
def main(config: DictConfig) -> None:
    """Write the file, compare it with its checkpoint, and write its model card."""
    from <<cookiecutter.package>>.engine.checkpoints.runs import single_run
    from <<cookiecutter.package>>.engine.cli.results import move_files, variant
    from <<cookiecutter.package>>.engine.inference.export import export
    from <<cookiecutter.package>>.engine.inference.export_formats import FORMATS
    from <<cookiecutter.package>>.engine.reports.console import show_export
    from <<cookiecutter.package>>.engine.reports.model_card import write_card

    run = single_run(config.run)
    name = f"model{variant(run, config.weights)}{FORMATS[config.format].suffix}"
    path = Path(config.output or Path(config.output_dir) / name)
    exported = export(run, config.format, path, config.samples, config.tolerance, config.weights)
    card = write_card(exported)
    folder = move_files(config, [run], "export", [path, card])
    show_export(exported)
    print(f"file: {config.output or folder / name}\nmodel card: {card if config.output else folder / card.name}")


if __name__ == "__main__":
    main()
