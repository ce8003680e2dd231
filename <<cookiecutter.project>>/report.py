"""Write the page of a run, or a comparison: `python report.py run=<folder>`, `python report.py runs=[a,b]`."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.engine.cli.script import script


@script("report")
def main(config: DictConfig) -> None:
    """Write pages from the files in run folders."""
    from <<cookiecutter.package>>.engine.checkpoints.runs import folder_of, runs_of
    from <<cookiecutter.package>>.engine.cli.results import discard
    from <<cookiecutter.package>>.engine.core.errors import InputError
    from <<cookiecutter.package>>.engine.reports.comparison import write_comparison
    from <<cookiecutter.package>>.engine.reports.console import show_columns
    from <<cookiecutter.package>>.engine.reports.run_page import write_page

    plain: Any = OmegaConf.to_container(config, resolve=True)
    if (config.run is None) == (config.runs is None):
        raise InputError("expected either run=<folder> for the page of a run, or runs=[a,b] for a comparison.")
    if config.run is not None:
        for folder in runs_of(plain["run"], trained=False).values():
            print(f"page: {write_page(folder_of(folder))}")
        discard(config)
        return
    path = Path(config.output_dir) / "comparison.html"
    show_columns("Runs", write_comparison(runs_of(plain["runs"], "runs", trained=False), path))
    print(f"page: {path}")


if __name__ == "__main__":
    main()
