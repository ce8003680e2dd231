"""What `tune.py` does: a learning-rate range test of a training's config."""

import shlex
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from ..core.errors import InputError
from .script import DictConfig, OmegaConf, script

__all__ = ["DictConfig", "script", "suggest_rate"]


def suggest_rate(config: DictConfig) -> None:
    """Test rates on a copy of the network, draw the losses, and print the command that trains with the suggestion.

    Raises:
        InputError: the model has training steps of its own.
    """
    from pytorch_lightning import seed_everything

    from ..checkpoints.runs import device_of
    from ..loggers.images import write_figure
    from ..reports.rate_chart import rate_chart
    from ..training import Supervised, data_and_pipeline, model_of, set_up
    from ..training.rate_range import range_test

    plain: Any = OmegaConf.to_container(config, resolve=True)
    seed_everything(config.seed, verbose=False)
    data, pipeline = data_and_pipeline(plain)
    model = model_of(plain, pipeline)
    if not isinstance(model, Supervised):
        raise InputError(f"{type(model).__name__} has training steps of its own: its rates cannot be tried alone.")
    set_up(model, data)
    found = range_test(model, data, config.steps, device_of(config.device))
    path = write_figure(rate_chart(found), Path(config.output_dir) / "rates.png")
    words = [
        word
        for word in HydraConfig.get().overrides.task
        if not word.lstrip("+").startswith(("steps=", "device=", "name=", "optimizer.lr="))
    ]
    print(f"picture: {path}")
    print(f"suggestion: {shlex.join(['python', 'train.py', *words, f'optimizer.lr={found.suggestion:.2g}'])}")
