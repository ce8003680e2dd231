"""Wrapper of every job: its folder, its log and its exit status."""

import functools
import logging
import shutil
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from ..checkpoints.checksums import sound_checkpoint
from ..core.disk import full_disk
from ..core.errors import InputError, JobError, NonFiniteError, first_line, traceback_wanted
from ..core.job_record import put_record, take_record, write_record
from ..core.masking import mask_files
from ..core.processes import end_with_parent, first
from ..core.run_lock import hold, release
from ..core.stop import Stop
from ..loggers.tracking import Ending, close_all
from .ddp import ddp_environment, failure_elsewhere
from .kept_records import keep_records
from .resume import restore

log = logging.getLogger(__name__)
Main = Callable[[DictConfig], float | None]

# Warnings of Lightning at every start, without use here.
NOISE = (
    "Checkpoint directory .* exists and is not empty",
    "`isinstance\\(treespec",
    "The number of training batches",
    "The '.*_dataloader' does not have many workers",
    "ReduceLROnPlateau conditioned on metric",
    "It is recommended to use `self.log",  # values are gathered from all processes before they are logged
)


def job(main: Main) -> Main:
    """Decorate a script: log the traceback of a failure in train.log, close the trackers, and undo a refused job.

    On bad input a new run folder without a checkpoint is removed, and a resumed one is restored.
    """

    @functools.wraps(main)
    def wrapped(config: DictConfig) -> float | None:
        folder = Path(HydraConfig.get().runtime.output_dir)
        alone = HydraConfig.get().mode == RunMode.RUN  # else the sweeper handles a failed job
        logging.captureWarnings(True)
        for message in NOISE:
            warnings.filterwarnings("ignore", f".*{message}")
        ending: Ending = "failed"
        outcome, record = Outcome(time.monotonic()), ""
        owns = first() and HydraConfig.get().job.name == "train"
        fresh = {path.name for path in folder.iterdir()} <= {".hydra", f"{HydraConfig.get().job.name}.log"}
        try:
            if first():
                mask_files(_records(folder))
            if owns:
                hold(folder)
                keep_records(folder)
                record = take_record(folder)
            if not first():
                end_with_parent()
            with ddp_environment(folder):
                outcome.score = main(config)
            ending = "finished"
            return outcome.score
        except InputError as error:
            ending, outcome.error = "refused", str(error)
            _undo(folder, keep=config.resume is not None or not fresh)
            if alone and not traceback_wanted():
                raise SystemExit(f"error: {error}") from error
            raise
        except SystemExit as stop:  # Lightning exits so on a signal, on SIGTERM with status 0
            ending = "killed"
            log.error("The run was stopped.%s", _resume_hint(folder))
            raise SystemExit(_status_of(stop)) from stop
        except KeyboardInterrupt as stop:  # outside of Lightning's loops
            ending = "killed"
            log.error("The run was stopped.%s", _resume_hint(folder))
            raise SystemExit(130) from stop
        except Exception as error:
            outcome.error = str(error) if isinstance(error, NonFiniteError) else first_line(error)
            if full := full_disk(error, folder):
                logging.raiseExceptions = False  # the disk of train.log may be full too
                log.error("%s%s", full, _resume_hint(folder))
            elif isinstance(error, NonFiniteError):
                log.error("%s%s", error, _resume_hint(folder))
            elif elsewhere := failure_elsewhere(error, folder):
                outcome.error = elsewhere
                log.error("The run failed: %s%s", elsewhere, _resume_hint(folder))
            elif type(error).__name__ == "OutOfMemoryError":  # torch's, which need not be imported here
                log.error("%s%s", _out_of_memory(error), _resume_hint(folder))
            else:
                log.exception("The run failed.%s", _resume_hint(folder))
            if alone:
                raise SystemExit(1) from error
            raise JobError(str(error)) from error
        finally:
            close_all(ending)
            if owns and folder.is_dir():  # a refused job has removed a new one
                if ending == "refused" and record:  # what a refused resume has left as it was
                    put_record(folder, record)
                else:
                    write_record(folder, ending, outcome.began, outcome.error, outcome.score)
            release(folder)

    return wrapped


@dataclass
class Outcome:
    """Beginning (time.monotonic), monitored score and error of a job."""

    began: float
    score: float | None = None
    error: str | None = None


def _status_of(stop: SystemExit) -> int:
    """Exit status of a stopped run: 128 + the number of the signal."""
    if isinstance(stop, Stop):
        return 128 + stop.signal
    return 143 if stop.code is None else 130


def _records(folder: Path) -> list[Path]:
    """Files in which Hydra has kept the config and the command line."""
    multirun = Path(HydraConfig.get().sweep.dir) / "multirun.yaml"
    return [*folder.glob(".hydra/*.yaml"), *([multirun] if multirun.is_file() else [])]


def _resume_hint(folder: Path) -> str:
    if (folder / "checkpoints" / "last.ckpt").exists() and sound_checkpoint(folder):
        return f" To continue: python train.py resume={folder}"
    return f" Its folder is {folder}"


def _out_of_memory(error: Exception) -> str:
    return (
        f"The GPU has too little memory ({first_line(error)}): lower data.batch_size (and raise "
        "trainer.accumulate_grad_batches by the same factor), or try trainer.precision=bf16-mixed or "
        "network_options.activation_checkpointing=true."
    )


def _undo(folder: Path, keep: bool) -> None:
    if not first():
        return
    restore()
    if not keep and not (folder / "checkpoints").exists():
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # folders that are not empty are kept
            folder.parent.rmdir()
            folder.parent.parent.rmdir()
