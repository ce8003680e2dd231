"""Training: `fit`, the supervised module and its optimization, the trainer, the contract.

A notebook imports from here: `from <package>.engine.training import Supervised, Trainer, fit`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .custom_model import CustomModel
    from .fitting import fit, set_up
    from .network_options import prepare_network
    from .supervised import Supervised
    from .trainer import Trainer

__all__ = ["CustomModel", "Supervised", "Trainer", "fit", "prepare_network", "set_up"]
MODULES = {
    "CustomModel": "custom_model",
    "Supervised": "supervised",
    "Trainer": "trainer",
    "fit": "fitting",
    "prepare_network": "network_options",
    "set_up": "fitting",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the command line imports modules of this package without torch and Lightning."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{MODULES[name]}", __name__), name)
