"""Augmentation of images: draws of its own for each sample, and what each transform does."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import ROOT, options
from torch import Tensor, nn
from torch.nn.functional import one_hot

from my_project.engine.definitions.classes import ClassOutput, ClassTarget
from my_project.engine.definitions.definition import Batch, Mix
from my_project.engine.definitions.images import ImageInput
from my_project.engine.losses.mixed import mixed_loss, of_partners
from my_project.engine.transformers.image_augmentation import ImageAugmentation
from my_project.losses.cross_entropy import CrossEntropy
from my_project.transformers.flip import Flip
from my_project.transformers.mix import CutMix, Mixup
from my_project.transformers.rand_augment import OPERATIONS, RandAugment
from my_project.transformers.shift import Shift


def copies(count: int, seed: int = 1) -> Batch:
    image = torch.randint(0, 255, (1, 3, 19, 21), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
    label = torch.zeros(count, dtype=torch.long)
    return Batch(label, torch.ones(count), ImageInput(image.repeat(count, 1, 1, 1)), ClassTarget(label), seed)


@pytest.mark.parametrize("name", sorted(set(options("transformer/augment")) - {"none"}))
def test_copies_of_one_image_get_draws_of_their_own(name: str) -> None:
    config = OmegaConf.load(ROOT / "configs" / "transformer" / "augment" / f"{name}.yaml")
    config.update({"pixels": 4} if name == "shift" else {})
    augment = instantiate(config, _convert_="all")
    batch, least = copies(64), 2 if name == "flip" else 33
    if name in ("mixup", "cutmix"):  # copies cannot be told apart when they are mixed with each other: their shares can
        mixes = [augment(batch, torch.Generator().manual_seed(seed)).mix.share for seed in (1, 1, 2)]
        assert len(mixes[0].unique()) >= least
        assert torch.equal(mixes[0], mixes[1])
        assert not torch.equal(mixes[0], mixes[2])
        return
    images = [augment(batch, torch.Generator().manual_seed(seed)).input.image for seed in (1, 1, 2)]
    assert len(images[0].unique(dim=0)) >= least
    assert torch.equal(images[0], images[1])
    assert not torch.equal(images[0], images[2])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", sorted(set(options("transformer/augment")) - {"none"}))
def test_augmentation_keeps_shape_and_type(name: str, channels: int) -> None:
    augment = instantiate(
        OmegaConf.load(ROOT / "configs" / "transformer" / "augment" / f"{name}.yaml"), _convert_="all"
    )
    batch = copies(8)
    batch = batch._replace(input=ImageInput(batch.input.image[:, :channels]))
    state = torch.get_rng_state()
    image = augment(batch, torch.Generator().manual_seed(1)).input.image
    assert image.shape == batch.input.image.shape
    assert image.dtype == torch.uint8
    assert torch.equal(torch.get_rng_state(), state), "the global generator was drawn from"


def test_flip_mirrors_and_shift_moves() -> None:
    batch = copies(32)
    image = batch.input.image[0]
    generator = torch.Generator().manual_seed(0)
    assert torch.equal(Flip(1.0)(batch, generator).input.image[0], image.flip(-1))
    assert torch.equal(Flip(0.0)(batch, generator).input.image, batch.input.image)
    assert torch.equal(Shift(0)(batch, generator).input.image, batch.input.image)
    for moved in Shift(1)(batch, generator).input.image:
        places = [(y, x) for y in (0, 1, 2) for x in (0, 1, 2)]
        padded = nn.functional.pad(image, (1, 1, 1, 1))
        assert any(torch.equal(moved, padded[:, y : y + 19, x : x + 21]) for y, x in places)


@pytest.mark.parametrize("augment", [Mixup(0.5), CutMix()])
def test_mixed_images_are_made_of_both_by_their_shares(augment: Callable[..., Batch]) -> None:
    levels = torch.arange(64, dtype=torch.uint8) * 4
    batch = copies(64)._replace(input=ImageInput(levels.view(-1, 1, 1, 1).repeat(1, 3, 16, 16)))
    mixed = augment(batch, torch.Generator().manual_seed(0))
    assert mixed.mix is not None
    own, other = levels.float(), levels[mixed.mix.partner].float()
    expected = mixed.mix.share * own + (1 - mixed.mix.share) * other
    assert torch.allclose(mixed.input.image.float().mean((1, 2, 3)), expected, atol=0.51)


def test_the_loss_of_mixed_samples_is_that_of_both() -> None:
    logits, labels = torch.randn(8, 10), torch.arange(8)
    mix = Mix(torch.arange(8).flip(0), torch.linspace(0, 1, 8))
    soft = mix.share[:, None] * one_hot(labels, 10) + (1 - mix.share[:, None]) * one_hot(labels.flip(0), 10)
    loss, pair = CrossEntropy(), (ClassOutput(logits), ClassTarget(labels))
    found = mixed_loss(loss(*pair), loss(pair[0], of_partners(pair[1], mix)), mix).total
    assert torch.allclose(found, nn.functional.cross_entropy(logits, soft, reduction="none"))


@pytest.mark.parametrize("channels", [1, 3])
def test_rand_augment_sends_each_image_through_one_of_its_operations(channels: int) -> None:
    batch = copies(56)
    image = batch.input.image[:, :channels]
    found = RandAugment(1, 15)(batch._replace(input=ImageInput(image)), torch.Generator().manual_seed(0)).input.image
    alone = [operation(image[:1], 0.5, sign)[0] for operation in OPERATIONS.values() for sign in (-1, 1)]
    assert all(any(torch.equal(one, other) for other in alone) for one in found)
    strengths = [len(RandAugment(1, level)(batch, torch.Generator()).input.image.unique(dim=0)) for level in (0, 9)]
    assert strengths[0] < strengths[1], "without strength most operations change nothing"


class TwoImages(NamedTuple):
    left: Tensor
    right: Tensor


class InvertLeft(ImageAugmentation):
    field = "left"

    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        return 255 - image


def test_image_augmentation_replaces_one_field() -> None:
    batch = copies(4)
    pair = batch._replace(input=TwoImages(batch.input.image, batch.input.image))
    augmented = InvertLeft()(pair, torch.Generator())
    assert torch.equal(augmented.input.left, 255 - batch.input.image)
    assert augmented._replace(input=pair.input) == pair
    assert augmented.input.right is pair.input.right
