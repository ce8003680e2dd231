"""Checksums of checkpoint files, which torch writes and does not check."""

from pathlib import Path
from zipfile import ZipFile

from ..core.errors import InputError

ZIP = b"PK\x03\x04"  # first bytes of a file of torch.save
REMEDY = "use another checkpoint, or a copy of the file"


def damage(path: Path) -> str | None:
    """Describe the damage of a file that `torch.save` wrote; None if every member has its checksum.

    The whole file is read. A flipped bit of a tensor is found only so: `torch.load` returns the wrong number.
    """
    if not _is_zip(path):
        return "it does not begin as a file of torch.save" if path.stat().st_size else "it is empty"
    try:
        with ZipFile(path) as file:
            member = file.testzip()
    except OSError:
        raise
    except Exception as error:  # zipfile raises errors of many classes
        return f"it is truncated or overwritten, {error}"
    return None if member is None else f"its member {member} does not have its checksum"


def check(path: Path) -> None:
    """Check a file that torch is going to load; one that is no zip file has no checksums and is left to torch.

    Raises:
        InputError: the file is damaged; names the member.
    """
    if _is_zip(path) and (found := damage(path)):
        raise InputError(f"{path} is damaged ({found}): {REMEDY}.")


def sound_checkpoint(folder: Path) -> Path | None:
    """First checkpoint of a run folder that is not damaged: last, best, others; None if there is none."""
    checkpoints = folder / "checkpoints"
    usual = [checkpoints / f"{name}.ckpt" for name in ("last", "best")]
    others = [path for path in sorted(checkpoints.glob("*.ckpt")) if path not in usual]
    return next((path for path in [*usual, *others] if path.is_file() and damage(path) is None), None)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP
