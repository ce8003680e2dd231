"""Seal of a sweep: tells that its code and words were written by this user, and by nobody since."""

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from .plan import CODE, PLAN

SEAL = "seal.txt"


def seal(sweep: Path) -> None:
    """Seal the plan and the code of a new sweep; without effect where the user has no folder for the key."""
    with suppress(OSError):
        (sweep / SEAL).write_text(_mac(sweep))


def is_sealed(sweep: Path) -> bool:
    """Whether plan and code are those that this user sealed."""
    try:
        return hmac.compare_digest((sweep / SEAL).read_text(), _mac(sweep))
    except (OSError, UnicodeDecodeError, TypeError):
        return False


def _mac(sweep: Path) -> str:
    mac = hmac.new(_key(), digestmod=blake2b)
    files = [path for path in (sweep / CODE).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in [sweep / PLAN, *sorted(files)]:
        content = path.read_bytes()
        mac.update(f"{path.relative_to(sweep)}\0{len(content)}\0".encode() + content)
    return mac.hexdigest()


def _key() -> bytes:
    """Key of this user, which is in no folder that one would send."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    path = state / Path(__file__).parents[2].name / "sweep.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()
