"""Weights & Biases, with an account or without one."""

import os
from typing import Any

from pytorch_lightning import loggers


class WandbLogger(loggers.WandbLogger):
    """Lightning's WandbLogger, with the arguments of `wandb.init` that a config may want by name. Offline where nobody
    is logged in; `wandb sync <folder>` uploads later.
    """

    def __init__(
        self,
        group: str | None = None,
        entity: str | None = None,
        job_type: str | None = None,
        tags: list[str] | None = None,
        notes: str | None = None,
        **kwargs: Any,
    ) -> None:
        import wandb  # 0.8 s that only those pay who use it

        if "WANDB_MODE" not in os.environ and not wandb.login(prompt=False):
            kwargs["mode"] = "offline"
        super().__init__(group=group, entity=entity, job_type=job_type, tags=tags, notes=notes, **kwargs)
