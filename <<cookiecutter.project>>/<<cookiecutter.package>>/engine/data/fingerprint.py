"""Fingerprint of the data of a run: which samples a dataset has, and the state of their files."""

import json
import os
from collections.abc import Iterable, Sequence
from hashlib import blake2b, file_digest
from pathlib import Path

from ..core.files import file_state
from ..core.plain import PlainData
from ..datasets.dataset import Dataset, SplitName, paths_of

DATA = "data.json"  # in a run folder
MOST = 1000
CHANGES = {  # of a part whose number of samples is the same, the first that differs
    "names": "other samples",
    "sizes": "files of another size",
    "contents": "files of another content",
    "times": "files written since, of the same size",
}


def fingerprint(dataset: Dataset, sources: Iterable[SplitName], contents: bool) -> PlainData:
    """Digests for each of the dataset's own splits, and the state of its other files.

    Of a split, `samples` is their number; `names` covers the tokens, with paths relative to their common folder;
    `sizes` and `times` the files that the tokens name; with `contents` there is a digest of their bytes too. `files`
    has a part of its own for each of at most 1,000 files that were opened before the first sample was read.
    """
    splits: PlainData = {source: _part(dataset.tokens(source), contents) for source in sources}
    others = sorted({*dataset.source_files(), *dataset.opened})[:MOST]
    return {**splits, "files": {f"{path.parent.name}/{path.name}": _part([path], contents) for path in others}}


def recorded(folder: Path) -> PlainData:
    """Fingerprint of the data of a run; empty if none was kept."""
    kept: PlainData = json.loads((folder / DATA).read_text()) if (folder / DATA).is_file() else {}
    return kept


def difference(before: PlainData, after: PlainData) -> str:
    """What differs in the parts that both fingerprints have: `train: 90 samples instead of 100`; empty: nothing."""
    one, two = ({**each, **each.get("files", {})} for each in (before, after))
    found = {name: _difference(one[name], two[name]) for name in one if name in two and name != "files"}
    return "; ".join(f"{name}: {change}" for name, change in found.items() if change)


def _difference(before: PlainData, after: PlainData) -> str | None:
    if before["samples"] != after["samples"]:
        return f"{after['samples']} samples instead of {before['samples']}"
    same_bytes = "contents" in before and before.get("contents") == after.get("contents")
    names = ["names"] if same_bytes else list(CHANGES)
    return next((CHANGES[name] for name in names if name in before and before[name] != after.get(name)), None)


def _part(tokens: Sequence[object], contents: bool) -> PlainData:
    paths = [path.absolute() for token in tokens for path in paths_of(token)]
    folder = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    states = [file_state(path) or (None, None) for path in paths]
    values = {
        "names": (_named(token, folder) for token in tokens),
        "sizes": (size for size, _ in states),
        "times": (time for _, time in states),
    }
    digests = {name: _digest(each) for name, each in values.items()}
    return {"samples": len(tokens), **digests, **({"contents": _digest(map(_content, paths))} if contents else {})}


def _named(token: object, folder: Path) -> object:
    """A token with its paths relative to a folder: data that were moved are the same data."""
    if isinstance(token, tuple):
        return tuple(_named(part, folder) for part in token)
    return str(token.absolute().relative_to(folder)) if isinstance(token, Path) else token


def _content(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file_digest(file, "blake2b").hexdigest()


def _digest(values: Iterable[object]) -> str:
    digest = blake2b(digest_size=8)
    for value in values:
        digest.update(repr(value).encode())
    return digest.hexdigest()
