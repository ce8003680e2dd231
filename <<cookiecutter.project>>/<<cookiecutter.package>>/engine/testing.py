"""Parts of the engine for the tests of your own parts."""

from .checkpoints.checkpoint import load, save
from .core.errors import InputError
from .data.collate import index_batch, join, stack
from .data.datamodule import DataModule
from .definitions.check import check_batch, check_fields
from .definitions.definition import Batch
from .definitions.example import example
from .definitions.markers import Length, marked
from .losses.loss import LossOutput, check_output
from .reports.data_card import counts_of, leaked_share, leaks, same_content
from .reports.pictures import class_means, grids
from .training.contract import check_augmentation
from .training.factory import data_and_pipeline, model_of
from .training.supervised import Supervised

__all__ = [
    "Batch",
    "DataModule",
    "InputError",
    "Length",
    "LossOutput",
    "Supervised",
    "check_augmentation",
    "check_batch",
    "check_fields",
    "check_output",
    "class_means",
    "counts_of",
    "data_and_pipeline",
    "example",
    "grids",
    "index_batch",
    "join",
    "leaked_share",
    "leaks",
    "load",
    "marked",
    "model_of",
    "same_content",
    "save",
    "stack",
]
