"""Images and their masks move together, and ignored pixels count nowhere."""

from ctypes import CDLL
from pathlib import Path

import pytest
import torch
from mask_stand_ins import write_pairs
from PIL import Image
from project import config_of, options

from my_project.datasets.folder_pairs import FolderPairs
from my_project.definitions.segmentation import Segmentation
from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError
from my_project.engine.data.augmentation import Augmentation
from my_project.engine.definitions.definition import Batch
from my_project.engine.definitions.images import ImageInput
from my_project.engine.definitions.masks import IGNORED, MaskOutput, MaskTarget
from my_project.engine.inference.predictions import PredictionRows, Scored
from my_project.engine.testing import data_and_pipeline
from my_project.losses.pixel_losses import Dice, PixelCrossEntropy
from my_project.transformers.pixel_probabilities import PixelProbabilities

MOVING = ["flip", "shift", "shift_flip", "crop", "affine"]
DEFINITION = Segmentation(("background", "one", "two"), channels=3, height=32, width=48)


@pytest.mark.parametrize("name", MOVING)
def test_an_augmentation_moves_image_and_mask_by_one_draw(name: str) -> None:
    data, _ = data_and_pipeline(config_of("problem=segmentation", f"transformer/augment={name}"))
    rows = torch.arange(32).view(1, 32, 1).expand(64, 32, 48)
    mask = ((rows // 8 + torch.arange(48).view(1, 1, 48) // 8) % 3).to(torch.uint8)
    image = (mask * 100).unsqueeze(1).expand(64, 3, 32, 48).contiguous()
    batch = Batch(torch.arange(64), torch.ones(64), ImageInput(image), MaskTarget(mask), seed=3)
    moved = data.augmentation(batch)
    assert not moved.input.image.equal(image)
    inside = moved.target.mask != IGNORED
    difference = (moved.input.image[:, 0].float() - 100 * moved.target.mask.float()).abs()[inside]
    assert (difference <= 55).float().mean() > 0.95, "image and mask are apart (pixels between two are interpolated)"
    assert len(moved.target.mask.unique(dim=0)) > 1, "all samples got the same draw"


@pytest.mark.parametrize("name", sorted(set(options("transformer/augment")) - set(MOVING)))
def test_an_augmentation_that_may_move_the_image_alone_is_refused(name: str) -> None:
    words = ["problem=segmentation", f"transformer/augment={name}"]
    if name in ("none", "color", "flip_color", "mixup"):
        assert prepare(words) == words
        return
    with pytest.raises(
        InputError, match=r"may move pixels of the input, but not 'mask' of the target.*transformer/augment="
    ):
        prepare(words)


def test_the_first_augmented_batch_is_checked() -> None:
    data, _ = data_and_pipeline(config_of("problem=segmentation", "data.limit_samples=16"))
    data.setup("fit")

    def spoil(batch: Batch, generator: torch.Generator) -> Batch:
        return batch._replace(target=MaskTarget(batch.target.mask + 7))

    data.augmentation = Augmentation(spoil)
    batch = next(iter(data.in_order("val")))
    data.trainer = type("Trainer", (), {"training": True})()
    with pytest.raises(InputError, match="augmentation by spoil: field 'mask' of MaskTarget has values"):
        data.on_after_batch_transfer(batch, 0)


@pytest.mark.parametrize("loss", [PixelCrossEntropy(), Dice()])
def test_ignored_pixels_have_no_loss_and_no_count(loss: torch.nn.Module) -> None:
    draws = torch.Generator().manual_seed(0)
    output = MaskOutput(torch.randn(2, 3, 32, 48, generator=draws))
    mask = torch.randint(0, 3, (2, 32, 48), generator=draws, dtype=torch.uint8)
    mask[:, :, 24:] = IGNORED
    changed = MaskOutput(torch.cat([output.logits[..., :24], 9 * output.logits[..., 24:]], 3))
    assert torch.allclose(loss(output, MaskTarget(mask)).total, loss(changed, MaskTarget(mask)).total)
    predict, presentation = PixelProbabilities(DEFINITION), DEFINITION.presentation()
    tables = [presentation.to_columns(predict(each), MaskTarget(mask)) for each in (output, changed)]
    assert tables[0]["pixels"].tolist() == [32 * 24] * 2
    assert all((tables[0][name] == tables[1][name]).all() for name in ("correct", "intersection_one", "union_two"))


@pytest.mark.parametrize(("count", "limit"), [(500, 2**27), pytest.param(4000, 2**30, marks=pytest.mark.slow)])
def test_rows_of_masks_take_little_memory(count: int, limit: int) -> None:
    rows, draws = PredictionRows(DEFINITION), torch.Generator().manual_seed(0)
    predict = PixelProbabilities(DEFINITION)
    for start in range(0, count, 50):
        if start == 100:  # what a batch needs is there
            before = resident()
        output = MaskOutput(torch.randn(50, 3, 256, 256, generator=draws))  # 500 such outputs would take 375 MiB
        target = MaskTarget(torch.zeros(50, 256, 256, dtype=torch.uint8))
        ids = torch.arange(start, start + 50)
        rows.add(Scored(ids, torch.ones(50), torch.zeros(50), predict(output), target))
    assert len(rows.table()) == count
    assert resident() - before < limit


def resident() -> int:
    """Memory of this process without mapped files, in bytes, once what is free has gone back to the system."""
    CDLL(None).malloc_trim(0)
    (line,) = [text for text in Path("/proc/self/status").read_text().splitlines() if text.startswith("RssAnon")]
    return int(line.split()[1]) * 1024


def test_a_mask_that_is_no_image_or_a_bomb_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pairs(tmp_path)
    dataset = FolderPairs(str(tmp_path), ["background", "box"])
    token = dataset.tokens("train")[0]
    with monkeypatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        with pytest.raises(InputError, match=r"masks.*cannot be read as an image .*decompression bomb"):
            dataset.get_mask(token)
    token[1].write_bytes(b"no image")
    with pytest.raises(InputError, match=r"masks.*cannot be read as an image .*repair it, or remove it"):
        dataset.get_mask(token)
