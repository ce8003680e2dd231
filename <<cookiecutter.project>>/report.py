"""Write the page of a run, or a comparison: `python report.py run=<folder>`, `python report.py runs=[a,b]`."""

from pathlib import Path
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("report")
def main(config: DictConfig) -> None:
    """Write pages from the files in run folders."""
    from <<cookiecutter.package>>.engine.cli.results import discard
    from <<cookiecutter.package>>.engine.reports.pages import write_pages

    plain: Any = OmegaConf.to_container(config, resolve=True)
    if not write_pages(plain["run"], plain["runs"], Path(config.output_dir) / "comparison.html"):
        discard(config)


if __name__ == "__main__":
    main()
