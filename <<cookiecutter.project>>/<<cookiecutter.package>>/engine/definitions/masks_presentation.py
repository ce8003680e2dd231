"""Presentation of masks: pixel counts in tables, overlays in pictures, PNG files of predictions."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import one_hot

from .definition import InputT
from .mask_pictures import PALETTE, overlaid, side_by_side
from .masks import IGNORED, MaskOutput, MaskPrediction, Masks, MaskTarget
from .presentation import EnsembleMode, Presentation, Record
from .row_metrics import RowMetric

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame

    from .plot import Plot


class MasksPresentation(Presentation[InputT, MaskTarget, MaskOutput, MaskPrediction]):
    """Targets and predictions are a class for each pixel."""

    definition: Masks[InputT]

    def to_columns(
        self, prediction: MaskPrediction, target: MaskTarget | None = None, top: int | None = None
    ) -> dict[str, NDArray[np.generic]]:
        """Share of the pixels of each class, `share_<class>`. With a target the pixels that are not ignored, `pixels`,
        those predicted correctly, and the intersection and union of each class.

        The sum of `correct` over that of `pixels` is `acc`; `iou` is the mean over the classes of the sum of their
        `intersection` over that of their `union`.
        """
        mask, names = prediction.mask.cpu(), self.definition.classes
        area = mask.shape[1] * mask.shape[2]
        columns: dict[str, Tensor] = {
            f"share_{name}": (mask == label).sum((1, 2)) / area for label, name in enumerate(names)
        }
        if target is not None:
            expected = target.mask.cpu()
            valid = expected != IGNORED
            columns = {"pixels": valid.sum((1, 2)), "correct": (expected == mask).sum((1, 2))} | columns
            for label, name in enumerate(names):
                one, other = (mask == label) & valid, expected == label
                columns |= {
                    f"intersection_{name}": (one & other).sum((1, 2)),
                    f"union_{name}": (one | other).sum((1, 2)),
                }
        return {name: column.numpy() for name, column in columns.items()}

    def row_metrics(self) -> dict[str, RowMetric]:
        classes = [(f"intersection_{name}", f"union_{name}") for name in self.definition.classes]
        acc = RowMetric([("correct", "pixels")], greater_is_better=True)
        return super().row_metrics() | {"acc": acc, "iou": RowMetric(classes, greater_is_better=True)}

    def summarize(self, table: "DataFrame") -> dict[str, object]:
        from .mask_charts import summarize

        return summarize(self.definition.classes, table)

    def charts(self, table: "DataFrame") -> dict[str, "Figure"]:
        from .mask_charts import charts

        return charts(self.definition.classes, table)

    def plots(self, table: "DataFrame") -> "dict[str, list[Plot]]":
        from .mask_plots import plots

        return plots(self.definition.classes, table)

    def ensemble(self, predictions: Sequence[MaskPrediction], mode: EnsembleMode) -> MaskPrediction:
        """Mean of the probabilities (`mean`), or share of the votes (`majority`), with ties broken by the mean."""
        mean = torch.stack([prediction.probability for prediction in predictions]).mean(0)
        if mode == "mean":
            return MaskPrediction(mean.argmax(1).to(torch.uint8), mean)
        count = len(self.definition.classes)
        masks = torch.stack([one_hot(prediction.mask.long(), count) for prediction in predictions])
        votes = masks.float().mean(0).permute(0, 3, 1, 2)
        return MaskPrediction((votes + mean / (2 * len(predictions))).argmax(1).to(torch.uint8), votes)

    def target_text(self, batch: object) -> list[str]:
        masks: Sequence[Tensor] = batch.target.mask  # type: ignore[attr-defined]  # of any Batch
        return [self._present(mask) for mask in masks]

    def prediction_text(self, prediction: MaskPrediction) -> list[str]:
        return [self._present(mask) for mask in prediction.mask]

    def _present(self, mask: Tensor) -> str:
        """Classes in a mask besides the first."""
        labels = [label for label in mask.unique().tolist() if 0 < label < len(self.definition.classes)]
        return ", ".join(self.definition.classes[label] for label in labels) or self.definition.classes[0]

    def pictures(
        self, inputs: Sequence[InputT], target: MaskTarget | None = None, prediction: MaskPrediction | None = None
    ) -> list[Tensor | None]:
        """The image next to the target and the prediction on it, as far as these are given."""
        masks = [part.mask for part in (target, prediction) if part is not None]
        shown: list[Tensor | None] = []
        for index, pixels in enumerate(map(self.picture, inputs)):
            panels = None if pixels is None else [pixels, *(overlaid(pixels, mask[index]) for mask in masks)]
            shown.append(None if panels is None else side_by_side(panels))
        return shown

    def files(self, prediction: MaskPrediction, records: Sequence[Record]) -> list[dict[str, bytes]]:
        """A PNG of each mask in the size of its image, whose pixels have the number of their class."""
        return [
            {".png": self._png(mask, self.size_of(record))}
            for mask, record in zip(prediction.mask, records, strict=True)
        ]

    def size_of(self, record: Record) -> tuple[int, int] | None:
        """Width and height of the image of a record; None for those of the definition."""
        return None

    def _png(self, mask: Tensor, size: tuple[int, int] | None) -> bytes:
        image = Image.fromarray(mask.numpy(), "P")
        image.putpalette(PALETTE.flatten().tolist())
        file = BytesIO()
        (image if size is None else image.resize(size, Image.Resampling.NEAREST)).save(file, "PNG")
        return file.getvalue()
