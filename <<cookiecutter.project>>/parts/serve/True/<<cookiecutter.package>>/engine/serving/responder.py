"""Predictions for uploaded files: decoded in threads, predicted in batches over all requests."""

import asyncio
import base64
import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from ..core.errors import InputError, first_line
from ..core.plain import PlainData
from ..definitions.definition import Sample
from ..inference.predictor import Predictor
from .batching import Batcher
from .upload import File

log = logging.getLogger(__name__)
LONGEST = 500  # characters of an error: some libraries repeat the input in it
Row = PlainData


class Decoded(NamedTuple):
    """A file as prepared sample; `picture` shows it, if requested."""

    sample: Sample
    picture: str | None


class Responder(ExitStack):
    """Context that predicts files. `max_wait`: milliseconds; `num_workers`: threads for decoding."""

    def __init__(self, predictor: Predictor, top: int, batch_size: int, max_wait: float, num_workers: int) -> None:
        super().__init__()
        self.predictor, self.top = predictor, top
        self.batcher = self.enter_context(Batcher(self._predict, batch_size, max_wait))
        self.pool = self.enter_context(ThreadPoolExecutor(num_workers, "decoding"))

    async def rows(self, files: Sequence[File], pictures: bool = False) -> list[Row]:
        """Predict a row for each file, in order.

        Columns: `file`, `error` (None without an error), those of the prediction, and with `pictures` also `picture`, a
        data URL or None.
        """
        return await asyncio.gather(*(self._row(file, pictures) for file in files))

    async def _row(self, file: File, pictures: bool) -> Row:
        try:
            decoded = await asyncio.get_running_loop().run_in_executor(self.pool, self._decode, file, pictures)
            predicted = await asyncio.wrap_future(self.batcher.submit(decoded.sample))
            if any(isinstance(value, float) and not math.isfinite(value) for value in predicted.values()):
                raise InputError(f"The prediction for {file.name} is not finite: send values in the training range.")
        except InputError as error:
            return {"file": file.name, "error": str(error)[:LONGEST]}
        except Exception as error:  # the other files must still be predicted
            log.exception("There is no prediction for %s.", file.name)
            return {"file": file.name, "error": f"{file.name} has no prediction ({first_line(error)})."[:LONGEST]}
        shown = {"picture": decoded.picture} if pictures else {}
        return {"file": file.name, "error": None, **predicted, **shown}

    def _decode(self, file: File, pictures: bool) -> Decoded:
        sample = self.predictor.prepare(file)
        self.predictor.stack([sample], file.name)  # checked here: in a batch it would fail all others too
        return Decoded(sample, picture(sample.input) if pictures else None)

    def _predict(self, samples: Sequence[Sample]) -> list[Row]:
        return self.predictor.to_rows(self.predictor.predict(self.predictor.stack(samples, "the files")), self.top)


def picture(input: NamedTuple) -> str | None:
    """Data URL of the first uint8 field of shape (1 or 3, H, W) as PNG; None if there is no such field."""
    for field in input:
        if isinstance(field, Tensor) and field.dtype == torch.uint8 and field.ndim == 3 and len(field) in (1, 3):
            pixels = field[0] if len(field) == 1 else field.permute(1, 2, 0)
            file = BytesIO()
            Image.fromarray(pixels.numpy()).save(file, "PNG")
            return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return None
