"""Export a run to one file: `python export.py run=<folder> format=onnx`, `python export.py --help`."""

from <<cookiecutter.package>>.engine.cli.exporting import DictConfig, export_run, script


@script("export")
def main(config: DictConfig) -> None:
    """Write the file, compare it with its checkpoint, and write its model card."""
    export_run(config)


if __name__ == "__main__":
    main()
