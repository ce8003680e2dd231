"""From files to rows: decoded in threads, answered in batches that requests share."""

import asyncio
import base64
import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from ..core.errors import InputError, first_line
from ..definitions.definition import Sample
from ..inference.predictor import Predictor
from .batching import Batcher
from .upload import File

log = logging.getLogger(__name__)
LONGEST = 500  # characters of an error: some libraries repeat what they could not read
Row = dict[str, Any]


class Decoded(NamedTuple):
    """A file as the network's pre-processing wants it; `picture` shows it, where that was asked for."""

    sample: Sample
    picture: str | None


class Responder(ExitStack):
    """A context in which files are answered. `max_wait`: milliseconds; `num_workers`: threads that decode."""

    def __init__(self, predictor: Predictor, top: int, batch_size: int, max_wait: float, num_workers: int) -> None:
        super().__init__()
        self.predictor, self.top = predictor, top
        self.batcher = self.enter_context(Batcher(self._answer, batch_size, max_wait))
        self.pool = self.enter_context(ThreadPoolExecutor(num_workers, "decoding"))

    async def rows(self, files: Sequence[File], pictures: bool = False) -> list[Row]:
        """A row for each file, in order: `file`, `error` (None where there is none), what was answered, and with
        `pictures` also `picture`, a data URL or None.
        """
        return await asyncio.gather(*(self._row(file, pictures) for file in files))

    async def _row(self, file: File, pictures: bool) -> Row:
        try:
            decoded = await asyncio.get_running_loop().run_in_executor(self.pool, self._decode, file, pictures)
            said = await asyncio.wrap_future(self.batcher.submit(decoded.sample))
            if any(isinstance(value, float) and not math.isfinite(value) for value in said.values()):
                raise InputError(f"The answer to {file.name} is not finite: its values are beyond what was learned.")
        except InputError as error:
            return {"file": file.name, "error": str(error)[:LONGEST]}
        except Exception as error:  # one file must not take the others with it
            log.exception("%s was not answered.", file.name)
            return {"file": file.name, "error": f"{file.name} was not answered ({first_line(error)})."[:LONGEST]}
        shown = {"picture": decoded.picture} if pictures else {}
        return {"file": file.name, "error": None, **said, **shown}

    def _decode(self, file: File, pictures: bool) -> Decoded:
        sample = self.predictor.prepare(file)
        self.predictor.stack([sample], file.name)  # here, for in a batch it would be the error of all others too
        return Decoded(sample, picture(sample.input) if pictures else None)

    def _answer(self, samples: Sequence[Sample]) -> list[Row]:
        return self.predictor.to_rows(self.predictor.predict(self.predictor.stack(samples, "the files")), self.top)


def picture(input: Any) -> str | None:
    """A PNG as data URL of the first field that is uint8 [1 or 3 channels, height, width]; None where there is none."""
    for field in input:
        if isinstance(field, Tensor) and field.dtype == torch.uint8 and field.ndim == 3 and len(field) in (1, 3):
            pixels = field[0] if len(field) == 1 else field.permute(1, 2, 0)
            file = BytesIO()
            Image.fromarray(pixels.numpy()).save(file, "PNG")
            return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return None
