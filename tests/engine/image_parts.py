"""Parts of image classification: a definition, losses, preprocessing and post-processing."""

from typing import Any

from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import ROOT

from my_project.definitions.image_classification import ImageClassification
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize


def from_config(name: str) -> Any:
    """Loss of a config."""
    return instantiate(OmegaConf.load(ROOT / "configs" / "loss" / f"{name}.yaml"), _convert_="all")


def facts(side: int, channels: int = 1, classes: int = 10) -> ImageClassification:
    """Definition of square images, whose classes are numbers."""
    return ImageClassification(tuple(map(str, range(classes))), channels, side, side)


def parts() -> tuple[Any, Any]:
    """Preprocessing and post-processing of a pipeline."""
    return lambda definition: Standardize(definition, "image"), Probabilities
