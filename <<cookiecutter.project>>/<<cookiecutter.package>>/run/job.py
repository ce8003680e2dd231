"""Around every job: its folder, its log, and how it ends."""

import functools
import logging
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from ..errors import InputError, JobError
from ..strict.resume import restore

log = logging.getLogger(__name__)
Main = Callable[[DictConfig], Any]


# What Lightning would say at every start of a project that is as it should be.
NOISE = (
    "Checkpoint directory .* exists and is not empty",
    "`isinstance\\(treespec",
    "The number of training batches",
    "The '.*_dataloader' does not have many workers",
)


def _quieten() -> None:
    logging.captureWarnings(True)
    for message in NOISE:
        warnings.filterwarnings("ignore", f".*{message}")


def job(main: Main) -> Main:
    """Writes the traceback of a failure into train.log, closes what a logger left open, and leaves nothing behind
    where the input was bad: a new run folder without a checkpoint is removed, a resumed one is as it was.
    """

    @functools.wraps(main)
    def wrapped(config: DictConfig) -> Any:
        folder = Path(HydraConfig.get().runtime.output_dir)
        _quieten()
        failed = True
        try:
            result = main(config)
            failed = False
            return result
        except InputError:
            restore()
            if config.resume is None and not (folder / "checkpoints").exists():
                shutil.rmtree(folder, ignore_errors=True)
            raise
        except Exception as error:
            log.exception("The job failed. Its folder is %s", folder)
            raise JobError(str(error)) from error
        finally:
            if wandb := sys.modules.get("wandb"):  # else the jobs of a multirun would share one wandb run
                wandb.finish(exit_code=int(failed))

    return wrapped
