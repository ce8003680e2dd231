"""Training: `fit`, the supervised module and its optimization, the trainer, the contract.

A notebook imports from here: `from <package>.engine.training import Supervised, Trainer, fit`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..checkpoints.resumable import resumable
    from .custom_model import CustomModel
    from .factory import data_and_pipeline, model_of
    from .fitting import fit, set_up
    from .network_options import prepare_network
    from .supervised import Supervised
    from .trainer import Trainer

__all__ = [
    "CustomModel",
    "Supervised",
    "Trainer",
    "data_and_pipeline",
    "fit",
    "model_of",
    "prepare_network",
    "resumable",
    "set_up",
]
MODULES = {
    "CustomModel": "custom_model",
    "Supervised": "supervised",
    "Trainer": "trainer",
    "data_and_pipeline": "factory",
    "fit": "fitting",
    "model_of": "factory",
    "prepare_network": "network_options",
    "resumable": ".checkpoints.resumable",  # of the package above
    "set_up": "fitting",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the command line imports modules of this package without torch and Lightning."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{MODULES[name]}", __name__), name)
