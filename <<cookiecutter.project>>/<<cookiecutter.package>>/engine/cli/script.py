"""Scripts: a main function under Hydra, as a job with a folder of its own."""

import functools
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

import hydra
from omegaconf import DictConfig, OmegaConf

from ..core import startup
from ..core.compat import VERSION_BASE
from ..core.paths import CONFIGS
from ..sweeps.cluster import OF_CLUSTER
from .command_line import launch
from .job import Main, job
from .sentences import in_sentences
from .sweep import DRIVE, drive, run_on_cluster, start_sweep

__all__ = ["DictConfig", "OmegaConf", "script"]  # scripts take these from here: without packages, they say so


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
            for word, work in ((DRIVE, drive), (OF_CLUSTER, run_on_cluster)):
                if name == "train" and sys.argv[1:] and sys.argv[1].startswith(word):
                    with in_sentences():
                        sys.exit(work(sys.argv[1:], under_hydra, _import_training))
            launch(under_hydra, name, start_sweep if name == "train" else None)

        return run

    return decorate


def _import_training(modules: Sequence[str]) -> None:
    """Import what each job of a sweep needs, and compute nothing: else forks of this process could hang."""
    startup.import_lightning()
    import torch

    torch.set_num_threads(1)
    startup.optimize_without_dynamo()
    from ..reports import console  # noqa: F401
    from ..training import fitting  # noqa: F401
    from . import provenance  # noqa: F401

    for name in modules:
        with suppress(ImportError):  # the job says it better
            import_module(name)
