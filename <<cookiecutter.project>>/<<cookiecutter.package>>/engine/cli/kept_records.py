"""Copy of Hydra's records of a run, which Hydra writes in place: a run that is killed meanwhile must not lose them."""

import json
from contextlib import suppress
from pathlib import Path

import yaml

from ..core.files import atomic_write
from ..core.stored_config import KEPT, RECORDS, start_words


def keep_records(folder: Path) -> None:
    """Write the records to records.json, once they are whole."""
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in RECORDS if (folder / name).is_file()}
    content = {**texts, "words": start_words(folder)}
    with atomic_write(folder / KEPT) as path:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def put_back_records(folder: Path) -> None:
    """Write the records as they were kept, if one of them is missing or cut off."""
    content: object = None
    with suppress(OSError, ValueError):
        content = json.loads((folder / KEPT).read_text(encoding="utf-8"))
    for name in RECORDS if isinstance(content, dict) else ():
        text = content.get(name)  # type: ignore[attr-defined]
        if isinstance(text, str) and _is_cut_off(folder / name, text):
            with atomic_write(folder / name) as new:
                new.write_text(text, encoding="utf-8")


def _is_cut_off(path: Path, kept: str) -> bool:
    """Whether a record cannot be read, or lacks keys at its root."""
    try:
        found, whole = (yaml.safe_load(text) for text in (path.read_text(encoding="utf-8"), kept))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return True
    return type(found) is not type(whole) or (isinstance(whole, dict) and bool(set(whole) - set(found)))
