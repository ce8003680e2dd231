"""Predictions for uploaded files and records: decoded in threads, predicted in batches over all requests."""

import asyncio
import base64
import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from typing import NamedTuple

from fastapi import HTTPException
from PIL import Image

from ..core.errors import InputError, first_line
from ..core.plain import PlainData
from ..definitions.definition import Sample
from ..definitions.example import example
from ..definitions.fields import map_fields
from ..inference.predictor import Predictor
from .batching import Batcher
from .upload import Upload

log = logging.getLogger(__name__)
LONGEST = 500  # characters of an error: some libraries repeat the input in it
Row = PlainData


class Item(NamedTuple):
    """Prepared sample, and whether a picture of it and its prediction is requested."""

    sample: Sample
    picture: bool


class Responder(ExitStack):
    """Context that predicts files. `max_wait`: milliseconds; `num_workers`: threads for decoding.

    Of more than `max_queue` inputs at a time, those of the last requests are refused.
    """

    def __init__(
        self,
        predictor: Predictor,
        top: int,
        batch_size: int,
        max_wait: float,
        num_workers: int,
        max_queue: int = 1024,
    ) -> None:
        super().__init__()
        self.predictor, self.top, self.batch_size = predictor, top, batch_size
        self.max_queue, self.queued = max_queue, 0
        self.batcher = self.enter_context(Batcher[Item, Row](self._predict, batch_size, max_wait))
        self.pool = ThreadPoolExecutor(num_workers, "decoding")
        self.callback(self.pool.shutdown, wait=False, cancel_futures=True)

    def warm_up(self) -> None:
        """Predict batches of one sample and of the full size, so that the first request is as fast as the next."""
        for count in (1, self.batch_size):
            self.predictor.predict(example(self.predictor.definition, count).input)

    async def rows(self, inputs: Sequence[Upload], pictures: bool = False) -> list[Row]:
        """Predict a row for each input, in order; a table that was uploaded has one for each of its rows.

        Columns: `file`, `error` (None without an error), those of the prediction, and with `pictures` also `picture`, a
        data URL or None.

        Raises:
            HTTPException: too many inputs of other requests are waiting (503).
        """
        records = [record for each in inputs for record in each.records(self.predictor.extensions.rows)]
        if self.queued and self.queued + len(records) > self.max_queue:
            raise HTTPException(
                503, f"The server is busy with {self.queued} inputs: send yours again.", {"Retry-After": "1"}
            )
        self.queued += len(records)
        try:
            return await asyncio.gather(*(self._row(record, pictures) for record in records))
        finally:
            self.queued -= len(records)

    async def _row(self, file: Upload, pictures: bool) -> Row:
        try:
            sample = await asyncio.get_running_loop().run_in_executor(self.pool, self._decode, file)
            predicted = await asyncio.wrap_future(self.batcher.submit(Item(sample, pictures)))
            if any(isinstance(value, float) and not math.isfinite(value) for value in predicted.values()):
                raise InputError(f"The prediction for {file.name} is not finite: send values in the training range.")
        except InputError as error:
            return {"file": file.name, "error": str(error)[:LONGEST]}
        except Exception as error:  # the other files must still be predicted
            log.exception("There is no prediction for %s.", file.name)
            return {"file": file.name, "error": f"{file.name} has no prediction ({first_line(error)})."[:LONGEST]}
        return {"file": file.name, "error": None, **predicted}

    def _decode(self, file: Upload) -> Sample:
        sample = self.predictor.prepare(file.record)
        self.predictor.stack([sample], file.name)  # checked here: in a batch it would fail all others too
        return sample

    def _predict(self, items: Sequence[Item]) -> list[Row]:
        inputs = self.predictor.stack([item.sample for item in items], "the files")
        prediction = self.predictor.predict(inputs)
        rows = [dict(row) for row in self.predictor.to_rows(prediction, self.top)]
        for index, item in enumerate(items):
            if item.picture:
                rows[index]["picture"] = self._picture(inputs, prediction, index)
        return rows

    def _picture(self, inputs: NamedTuple, prediction: NamedTuple, index: int) -> str | None:
        """Data URL of a PNG that shows a sample and its prediction; None if it has no picture."""
        sample = map_fields(lambda field: field[index], inputs)
        answer = map_fields(lambda field: field[index : index + 1], prediction)
        (pixels,) = self.predictor.presentation.pictures([sample], None, answer)
        if pixels is None:
            return None
        file = BytesIO()
        Image.fromarray(pixels.squeeze(2).numpy() if pixels.shape[2] == 1 else pixels.numpy()).save(file, "PNG")
        return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
