"""Export a run to one file: `python export.py run=<folder> format=onnx`, `python export.py --help`."""

from pathlib import Path

from omegaconf import DictConfig

from <<cookiecutter.package>>.engine.cli.command_line import launch
from <<cookiecutter.package>>.engine.cli.script import script


@script("export")
def main(config: DictConfig) -> None:
    """Write the file, compare it with its checkpoint, and write its model card."""
    from <<cookiecutter.package>>.engine.inference.export import export
    from <<cookiecutter.package>>.engine.inference.export_formats import FORMATS
    from <<cookiecutter.package>>.engine.reports.console import show_export
    from <<cookiecutter.package>>.engine.reports.model_card import write_card

    path = Path(config.output or Path(config.output_dir) / f"model{FORMATS[config.format].suffix}")
    exported = export(config.run, config.format, path, config.samples, config.tolerance, config.weights)
    show_export(exported)
    print(f"file: {path}\nmodel card: {write_card(exported)}")


if __name__ == "__main__":
    launch(main, "export")
