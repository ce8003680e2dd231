"""Weights & Biases logger, with or without an account."""

import os
import secrets
from pathlib import Path
from typing import Any

from pytorch_lightning import loggers

from .tracking import at_end, keep_id, kept_id


class WandbLogger(loggers.WandbLogger):
    """Lightning's WandbLogger with common arguments of `wandb.init` by name.

    Offline without a login; `wandb sync <folder>` uploads later. A resumed run keeps its id, and so stays one run on
    the server.
    """

    def __init__(
        self,
        save_dir: str,
        id: str | None = None,
        group: str | None = None,
        entity: str | None = None,
        job_type: str | None = None,
        tags: list[str] | None = None,
        notes: str | None = None,
        **kwargs: Any,
    ) -> None:
        import wandb  # imported here: it takes 0.8 s

        if "WANDB_MODE" not in os.environ and not wandb.login(prompt=False):
            kwargs["mode"] = "offline"
        folder = Path(save_dir)
        run_id = id or kept_id(folder, "wandb") or secrets.token_hex(4)
        keep_id(folder, "wandb", run_id)
        super().__init__(
            save_dir=save_dir,
            id=run_id,
            group=group,
            entity=entity,
            job_type=job_type,
            tags=tags,
            notes=notes,
            **kwargs,
        )
        # Without this the jobs of a multirun would share one wandb run.
        at_end(lambda ending: wandb.finish(exit_code=int(ending != "finished")))
