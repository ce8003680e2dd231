"""Cache keys: all that decides what a prepared sample is."""

from collections.abc import Mapping
from hashlib import blake2b
from inspect import getfile
from pathlib import Path
from typing import Any

from ..datasets.dataset import Dataset
from ..models.describe import PACKAGE, describe
from ..models.pipeline import Mode, Pipeline
from .cache import file_state


def cache_key_of(dataset: Dataset, arguments: Mapping[str, Any], pipeline: Pipeline, mode: Mode) -> dict[str, Any]:
    """Class, `arguments`, version and code of the dataset and of each cached transformer that works in `mode`, the
    definition, and size and modification time of the dataset's files.

    The code of a class is its module, and those of its base classes, in this package.
    """
    working = {name: pipeline.cached[name] for name in pipeline.working(mode)}
    return {
        "dataset": [dict(arguments), *_version(dataset)],
        "files": [(str(path), file_state(path)) for path in dataset.source_files()],
        "definition": repr(pipeline.definition),
        "transformers": [[describe(pipeline.cached_parts[name]), *_version(part)] for name, part in working.items()],
    }


def _version(part: Any) -> list[Any]:
    own = [base for base in type(part).__mro__ if base.__module__.split(".")[0] == PACKAGE]
    digests = [blake2b(Path(getfile(base)).read_bytes(), digest_size=8).hexdigest() for base in own]
    return [getattr(part, "version", 1), digests]
