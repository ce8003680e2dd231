"""Scripts: a main function under Hydra, as a job with a folder of its own."""

import functools
from collections.abc import Callable

import hydra
from omegaconf import DictConfig

from ..core import startup
from ..core.compat import VERSION_BASE
from ..core.paths import CONFIGS
from .command_line import launch
from .job import Main, job


def script(name: str, lightning: bool = True) -> Callable[[Main], Callable[[], None]]:
    """Make a main function a script: it checks the command line against configs/`name`.yaml and runs as a job.

    `lightning=False`: the script works without Lightning, which is then not imported.
    """

    def decorate(main: Main) -> Callable[[], None]:
        @functools.wraps(main)
        def prepared(config: DictConfig) -> float | None:
            if lightning:  # here: --help and a refused command line import neither torch nor Lightning
                startup.import_lightning()
            return main(config)

        under_hydra = hydra.main(config_path=str(CONFIGS), config_name=name, **VERSION_BASE)(job(prepared))

        @functools.wraps(main)
        def run() -> None:
            launch(under_hydra, name)

        return run

    return decorate
