"""State of a training within an epoch, which Lightning's checkpoints do not contain."""

import platform
from typing import Any

import torch
from lightning_fabric.utilities.apply_func import move_data_to_device
from pytorch_lightning import Trainer

from ..core.compat import logged_step_of_resume
from ..core.plain import PlainData
from .supervised import Supervised

LOGGED_STEP = "_batches_that_stepped"  # of Lightning's state


def add_epoch_state(checkpoint: PlainData, trainer: Trainer, model: Supervised) -> None:
    """Add to a checkpoint between two batches the epoch's metrics so far, of every process."""
    state: Any = move_data_to_device(model.train_meter.state(), torch.device("cpu"))
    states = [state] * trainer.world_size
    if trainer.world_size > 1:
        torch.distributed.all_gather_object(states, state)
    loop = checkpoint["loops"]["fit_loop"]["epoch_loop.state_dict"]
    checkpoint["mid_epoch"] = {
        "meters": states,
        "plateau": model.optimization.validated_value,
        "logged_step": loop[LOGGED_STEP],
    }
    loop[LOGGED_STEP] = logged_step_of_resume(trainer)


def first_logged_step(checkpoint: PlainData) -> int:
    """Step of the first row that a training logs after it is resumed from a checkpoint."""
    step: int = checkpoint["loops"]["fit_loop"]["epoch_loop.state_dict"][LOGGED_STEP]
    return int(checkpoint.get("mid_epoch", {}).get("logged_step", step))


def restore_epoch_state(state: PlainData, trainer: Trainer, model: Supervised) -> None:
    """Continue with the metrics of `add_epoch_state`, if the number of processes is the same."""
    if len(state["meters"]) == trainer.world_size:
        model.train_meter.restore(state["meters"][trainer.global_rank], model.device)
    model.optimization.validated_value = state["plateau"]


def surroundings(trainer: Trainer) -> dict[str, object]:
    """What changes the digits of a training, by name."""
    machine = torch.cuda.get_device_name() if trainer.strategy.root_device.type == "cuda" else platform.machine()
    return {
        "threads": torch.get_num_threads(),
        "machine": machine,
        "precision": str(trainer.precision),
        "processes": trainer.world_size,
        "torch": str(torch.__version__),
    }
