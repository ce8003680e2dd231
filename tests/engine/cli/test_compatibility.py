"""Parts that do not take the definition of the dataset are refused, by annotations in their source."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from project import ROOT, options

from my_project.engine.cli import compatibility, source_classes
from my_project.engine.cli.command_line import prepare
from my_project.engine.cli.compatibility import definition_of, fitting, misfit
from my_project.engine.core.errors import InputError

IMAGES = "my_project.definitions.image_classification"
CLASSES = "my_project.engine.definitions.classes"
DEFINITION = "my_project.engine.definitions.definition.Definition"

SOUNDS = """
from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float32
from torch import Tensor, nn

from ..engine.datasets.dataset import Dataset
from ..engine.definitions.classes import Classes
from ..engine.definitions.definition import Definition
from ..engine.losses.loss import Loss


class SoundInput(NamedTuple):
    wave: Float32[Tensor, "batch samples"]


@dataclass(frozen=True)
class Sounds(Classes[SoundInput]):
    samples: int


@dataclass(frozen=True)
class Music(Sounds):
    pass


class Songs(Dataset[int]):
    def definition(self) -> "Music":
        return Music(("a", "b"), 8)


class Files(Dataset[int]):
    pass


class SongFiles(Files, Songs):
    pass


class Anything(nn.Module):
    def __init__(self, definition: Definition) -> None:
        super().__init__()


class Ear(nn.Module):
    def __init__(self, definition: Sounds, size: int = 3) -> None:
        super().__init__()


class LargeEar(Ear):
    pass


def small_ear(definition: Sounds) -> Ear:
    return Ear(definition, 1)


class Louder:
    field = "wave"


class Bare(Dataset[int]):
    def definition(self):
        return Music(("a", "b"), 8)


class BareNet(nn.Module):
    def __init__(self, definition):
        super().__init__()
"""


@pytest.fixture(scope="module")
def sounds() -> Iterator[str]:
    """Module of another problem, with classes as well."""
    path = ROOT / "my_project" / "definitions" / f"sounds_of_a_test_{os.getpid()}.py"
    path.write_text(SOUNDS)
    yield f"my_project.definitions.{path.stem}"
    path.unlink()


def test_a_definition_is_read_from_the_annotation_of_its_dataset(sounds: str) -> None:
    assert definition_of("my_project.datasets.digits.Digits") == f"{IMAGES}.ImageClassification"
    assert definition_of(f"{sounds}.Songs") == f"{sounds}.Music"
    assert definition_of(f"{sounds}.SongFiles") == f"{sounds}.Music", "Dataset comes after both bases"
    assert definition_of("my_project.engine.datasets.dataset.Dataset") is None
    assert definition_of("torchvision.datasets.MNIST") is None


def test_the_named_tuples_of_a_definition_are_found_through_its_family(sounds: str) -> None:
    for definition, given in (
        (f"{IMAGES}.ImageClassification", "my_project.engine.definitions.images.ImageInput"),
        (f"{sounds}.Music", f"{sounds}.SoundInput"),
    ):
        found = source_classes.type_arguments(definition, DEFINITION)
        assert found == [given, *(f"{CLASSES}.Class{name}" for name in ("Target", "Output", "Prediction"))]


def test_parts_take_a_definition_or_a_base_of_it(sounds: str) -> None:
    music, images = f"{sounds}.Music", f"{IMAGES}.ImageClassification"
    for part in ("Ear", "LargeEar", "small_ear"):
        assert misfit(f"{sounds}.{part}", music) is None
        assert misfit(f"{sounds}.{part}", images) == f"{part} takes Sounds"
    assert misfit(f"{sounds}.Anything", images) is None
    assert misfit("my_project.models.cnn.CNN", music) == "CNN takes ImageClassification"
    for part in ("losses.cross_entropy.CrossEntropy", "transformers.probabilities.Probabilities"):
        assert misfit(f"my_project.{part}", music) is None, "they take whatever has classes"
    assert misfit("my_project.transformers.flip.Flip", music) == "Flip changes 'image'"
    assert misfit("my_project.transformers.mix.Mixup", music) == "Mixup changes 'image'"
    assert misfit(f"{sounds}.Louder", music) is None
    assert misfit("torch.nn.Identity", music) is None


def test_every_part_of_the_project_fits_its_problem() -> None:
    for group in ("dataset", "transformer", "transformer/augment", "network", "loss"):
        assert fitting(group) == [("image_classification", name) for name in sorted(options(group))]


def test_a_misfit_is_one_sentence_with_what_fits(sounds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"dataset._target_={sounds}.Songs"]
    with pytest.raises(InputError) as refused:
        prepare(words)
    assert str(refused.value) == (
        "transformer.cached.fit: FitImage takes ImageClassification, network: TinyVGG takes ImageClassification, but "
        "the dataset Songs has Music. No problem in configs/problem has it."
    )
    with pytest.raises(
        InputError, match=r"but the dataset Digits has ImageClassification\. Choose network=cnn, lenet, mlp"
    ):
        prepare(["network=lenet", f"network._target_={sounds}.Ear"])
    monkeypatch.setattr(compatibility, "problems_by_name", lambda: {"songs": f"{sounds}.Music"})
    with pytest.raises(InputError, match=r"Choose problem=songs\.$"):
        prepare(words)


def test_a_part_that_does_not_say_what_it_takes_is_refused(sounds: str) -> None:
    with pytest.raises(InputError, match=r"dataset: Bare\.definition has no annotation: write `def definition"):
        prepare([f"dataset._target_={sounds}.Bare"])
    with pytest.raises(InputError, match=r"network: `definition` of BareNet\.__init__ has no annotation: write"):
        prepare(["network=lenet", f"network._target_={sounds}.BareNet"])


def test_a_plural_is_understood() -> None:
    with pytest.raises(InputError, match=r"there is no group problems, did you mean problem=image_classification"):
        prepare(["problems=image_classification"])


def test_the_check_imports_no_torch() -> None:
    code = (
        "import sys; from my_project.engine.cli.compatibility import fitting; fitting('network'); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
