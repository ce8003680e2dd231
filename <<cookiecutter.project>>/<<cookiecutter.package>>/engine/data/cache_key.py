"""Cache keys: everything that determines a prepared sample."""

from collections.abc import Callable
from hashlib import blake2b
from inspect import getfile, isfunction, unwrap
from pathlib import Path
from types import FunctionType

from ..core.files import file_state
from ..core.plain import Config, PlainData
from ..datasets.dataset import Dataset
from ..models.describe import PACKAGE, describe
from ..models.pipeline import Mode, Pipeline


def cache_key_of(dataset: Dataset, arguments: Config, pipeline: Pipeline, mode: Mode) -> PlainData:
    """Class, arguments, version and code of the dataset and of each cached transformer that works in `mode`, the
    definition, and size and time of the dataset's files. The code consists of the modules of a class, of its
    base classes and of the functions that their methods call by name, within this package.
    """
    return {
        "dataset": [dict(arguments), *_version(dataset)],
        "files": [(str(path), file_state(path)) for path in dataset.source_files()],
        "definition": repr(pipeline.definition),
        "transformers": transformers_of(pipeline, mode),
    }


def transformers_of(pipeline: Pipeline, mode: Mode) -> list[PlainData]:
    """Class, arguments, version and code of each cached transformer that works in `mode`."""
    working = {name: pipeline.cached[name] for name in pipeline.working(mode)}
    return [
        {"part": describe(pipeline.cached_parts[name]), **dict(zip(("version", "code"), _version(part), strict=True))}
        for name, part in working.items()
    ]


def _version(part: object) -> list[object]:
    own = [base for base in type(part).__mro__ if _is_own(base)]
    called = [function for base in own for function in _called(base)]
    code: list[Callable[..., object]] = [*own, *called]
    files = dict.fromkeys(getfile(unwrap(part)) for part in code)
    digests = [blake2b(Path(file).read_bytes(), digest_size=8).hexdigest() for file in files]
    return [getattr(part, "version", 1), digests]


def _called(cls: type) -> list[FunctionType]:
    """Functions of this package that methods of a class refer to by name, such as the reader of image files."""
    methods = [method for method in vars(cls).values() if isfunction(method)]
    named = [method.__globals__.get(name) for method in methods for name in method.__code__.co_names]
    return [function for function in named if isfunction(function) and _is_own(function)]


def _is_own(code: object) -> bool:
    return str(code.__module__).split(".")[0] == PACKAGE
