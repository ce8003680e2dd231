"""Export a run to one file: `python export.py run=<folder> format=onnx`, `python export.py --help`."""

from pathlib import Path

from <<cookiecutter.package>>.engine.cli.script import DictConfig, script


@script("export")
def main(config: DictConfig) -> None:
    """Write the file, compare it with its checkpoint, and write its model card."""
    from <<cookiecutter.package>>.engine.checkpoints.runs import single_run
    from <<cookiecutter.package>>.engine.cli.results import move_files, variant
    from <<cookiecutter.package>>.engine.reports.console import show_export
    from <<cookiecutter.package>>.engine.reports.model_card import export_with_card

    run = single_run(config.run)
    stem, path = Path(config.output_dir) / f"model{variant(run, config.weights)}", config.output and Path(config.output)
    numbers = config.samples, config.tolerance, config.weights
    exported, card = export_with_card(run, config.format, stem, path, *numbers, to=config.to)
    folder = move_files(config, [run], "export", [exported.path, card])
    show_export(exported)
    files = [each if path else folder / each.name for each in (exported.path, card)]
    print(f"file: {files[0]}\nmodel card: {files[1]}")


if __name__ == "__main__":
    main()
