"""Weights & Biases logger, with or without an account."""

import logging
import os
import secrets
from pathlib import Path
from typing import Any

from pytorch_lightning import loggers

from ..core.processes import first
from .tracking import at_end, keep_id, kept_id, reachable

log = logging.getLogger(__name__)


class WandbLogger(loggers.WandbLogger):
    """Lightning's WandbLogger with common arguments of `wandb.init` by name.

    Offline without a login, or if the server does not answer within 10 s: `wandb sync <folder>` uploads later. A
    resumed run keeps its id, and so stays one run on the server.
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

        folder = Path(save_dir)
        if first() and not kwargs.get("offline") and not _online(kwargs.get("mode"), folder):
            kwargs["mode"] = "offline"
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


def _online(mode: str | None, folder: Path) -> bool:
    """Whether there is a login, and a server that answers; the mode of wandb, if one is chosen, stays unless it cannot.

    Raises:
        AuthenticationError: the server does not accept the login.
    """
    import wandb

    server = wandb.setup().settings.base_url
    mode = mode or os.environ.get("WANDB_MODE")
    try:
        if mode is None:
            return bool(wandb.login(prompt=False))  # with a key, it waits for the server for 10 s
        if mode != "online" or reachable(server):
            return True
    except wandb.errors.AuthenticationError:
        if reachable(server, 1):
            raise
    log.warning("%s does not answer; to upload the run later: wandb sync %s/wandb/offline-run-*", server, folder)
    return False
