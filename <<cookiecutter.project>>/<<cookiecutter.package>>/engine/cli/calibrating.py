"""What `calibrate.py` does: a temperature and prediction sets of a run, in a file beside its checkpoints."""

from pathlib import Path

from .script import DictConfig, script

__all__ = ["DictConfig", "calibrate_run", "script"]
FILE = "calibrated.safetensors"


def calibrate_run(config: DictConfig) -> None:
    """Calibrate a run on its validation samples, and write the pipeline into its folder.

    Raises:
        InputError: the run has no classes.
    """
    from ..checkpoints.checkpoint import save
    from ..checkpoints.runs import device_of, folder_of, single_run
    from ..core.files import atomic_write
    from ..inference.calibration import FEWEST, calibrate

    run = single_run(config.run)
    pipeline, found = calibrate(run, config.coverage, device_of(config.device), config.weights)
    path = Path(config.output) if config.output else folder_of(run) / "checkpoints" / FILE
    with atomic_write(path) as new:
        save(pipeline.cpu(), new)
    before, after = found.losses
    samples = f"{found.samples:,} validation samples"
    print(f"temperature: {found.temperature:.4g} (loss of {samples} {before:.4f} -> {after:.4f})")
    if found.least is None:
        print(f"sets: none, for they take {FEWEST:,} validation samples")
    else:
        print(f"sets: classes of at least {found.least:.2%}, {found.sizes:.2f} of them on average")
    print(f"file: {path}\npredictions: python predict.py run={path} inputs=<files>")
