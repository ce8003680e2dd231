"""Caches, each with one fault. Written into a baked project as <package>/datasets/fault_cache.py."""

import shutil
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from ..engine.data import cache
from ..engine.data.collate import index_batch


class IgnoresTheCacheKey(cache.Cache):
    """Returns stored samples though version, arguments or code have changed."""

    def load(self, cache_key: Any, request: Any) -> Any:
        return super().load({"source": cache_key["source"]}, request)


class Reverses(cache.Cache):
    """Returns the samples in reverse order."""

    def load(self, *arguments: Any) -> Any:
        batch = super().load(*arguments)
        return index_batch(batch, batch.id.argsort(descending=True))


class ForgetsAll(cache.Cache):
    """Prepares all samples again at every start."""

    def load(self, *arguments: Any) -> Any:
        self.rebuild = True
        return super().load(*arguments)


class KeepsNothingOfAnInterruption(cache.Cache):
    """Deletes prepared samples when it is interrupted."""

    def load(self, *arguments: Any) -> Any:
        try:
            return super().load(*arguments)
        except BaseException:
            shutil.rmtree(self.dir)
            raise


class LetsNobodyWait(cache.Cache):
    """Several processes prepare the same samples at once."""

    def load(self, cache_key: Any, request: Any) -> Any:
        def slowly(sample: Any) -> Any:
            time.sleep(0.01)
            return request.prepare(sample)

        with patch.object(cache, "FileLock", nullcontext):
            return super().load(cache_key, replace(request, prepare=slowly))


class IgnoresOpenedFiles(cache.Cache):
    """Gives what is there, though a file has changed that a getter opens and no token names."""

    def load(self, *arguments: Any) -> Any:
        with patch.object(cache, "_is_outdated", lambda record: False):
            return super().load(*arguments)
