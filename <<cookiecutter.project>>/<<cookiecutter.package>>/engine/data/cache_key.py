"""All that decides what a prepared sample is: when it changes, the cache is another."""

from collections.abc import Mapping
from hashlib import blake2b
from inspect import getfile
from pathlib import Path
from typing import Any

from ..datasets.dataset import Dataset
from ..models.describe import PACKAGE, describe
from ..models.pipeline import Mode, Pipeline
from .cache import stamp


def cache_key_of(dataset: Dataset, arguments: Mapping[str, Any], pipeline: Pipeline, mode: Mode) -> dict[str, Any]:
    """Class, arguments, version and code of the dataset and of each cached transformer that works in `mode`, the
    definition, and size and time of the dataset's files. As code counts what stands in the modules of a class and of
    those that it inherits from, in this package.
    """
    working = {name: pipeline.cached[name] for name in pipeline.working(mode)}
    return {
        "dataset": [dict(arguments), *_version(dataset)],
        "files": [(str(path), stamp(path)) for path in dataset.source_files()],
        "definition": repr(pipeline.definition),
        "transformers": [[describe(pipeline.cached_parts[name]), *_version(part)] for name, part in working.items()],
    }


def _version(made: Any) -> list[Any]:
    own = [kind for kind in type(made).__mro__ if kind.__module__.split(".")[0] == PACKAGE]
    digests = [blake2b(Path(getfile(kind)).read_bytes(), digest_size=8).hexdigest() for kind in own]
    return [getattr(made, "version", 1), digests]
