"""Weights & Biases, with an account or without one."""

from typing import Any

from pytorch_lightning import loggers


class WandbLogger(loggers.WandbLogger):
    """Lightning's WandbLogger, offline where nobody is logged in; `wandb sync <folder>` uploads later."""

    def __init__(self, **kwargs: Any) -> None:
        import wandb  # 0.8 s that only those pay who use it

        kwargs.setdefault("offline", not wandb.api.api_key)
        super().__init__(**kwargs)
