"""Secrets: masked in records and logs, and files that records leave out."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar, cast

import yaml

from .errors import InputError
from .files import atomic_write

T = TypeVar("T")
MASK = "***"
KEY = (
    r"(?:\w+_)?(?:password|passwd|api_?key|secret|secret_key|access_key|credentials?)"
    r"|(?:(?:access|api|auth|bearer|github|hf|refresh|session|wandb)_)?token"  # but not max_tokens, or pad_token
)
VALUE = r"'[^']*'|\"[^\"]*\"|[^,\s}\]]+"
ASSIGNED = re.compile(rf"(?<!\w)({KEY})(\s*[:=]\s*)({VALUE})", re.IGNORECASE)
PREFIXED = re.compile(
    r"(?<![\w-])(?:sk-[\w-]{16,}|hf_[A-Za-z0-9]{16,}|gh[oprsu]_[A-Za-z0-9]{16,}|AKIA[A-Z0-9]{12,}|xox[a-z]-[\w-]{10,})"
)
FILES = (".env*", "*secret*", "*credential*", "*.pem", "*.key", "id_*", "*.p12", ".netrc")
"""Names of files that may hold secrets; `id_*` without a suffix, as ssh names its keys."""


def masked(content: T) -> T:
    """Copy of plain data in which values that look like secrets are `***`, by their key or by their first letters."""
    return cast(T, _masked(content, secret=False))


def _masked(content: object, secret: bool) -> object:
    if isinstance(content, Mapping):
        return {name: _masked(value, secret or bool(_is_secret(name, value))) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return type(content)(_masked(value, secret) for value in content)
    if secret and isinstance(content, str | int) and not isinstance(content, bool):
        return MASK if content != "" and "${" not in str(content) else content
    return masked_text(content) if isinstance(content, str) else content


def _is_secret(name: object, value: object) -> bool:
    number = isinstance(value, int)  # the number of a token in a vocabulary is no secret
    matched = re.fullmatch(KEY, str(name), re.IGNORECASE)
    return matched is not None and not (number and "token" in matched[0].lower())


def masked_text(text: str) -> str:
    """Text, like a word of a command line, in which secrets are `***`."""
    return PREFIXED.sub(MASK, ASSIGNED.sub(lambda match: _assigned(match), text))


def _assigned(match: re.Match[str]) -> str:
    name, sign, value = match.groups()
    kept = value in ("null", "''", '""', MASK) or "${" in value or (value.isdigit() and "token" in name.lower())
    return match[0] if kept else f"{name}{sign}{MASK}"


def mask_files(paths: Sequence[Path]) -> None:
    """Mask the secrets in YAML files, which are otherwise unchanged."""
    for path in paths:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if (without := masked(content)) != content:
            with atomic_write(path) as new:
                new.write_text(yaml.safe_dump(without, sort_keys=False, allow_unicode=True), encoding="utf-8")


def check_unmasked(content: object, path: str) -> None:
    """Check that a part of a config has all its secrets.

    Raises:
        InputError: a value was masked in the records of a run.
    """
    if isinstance(content, Mapping | list):
        items = content.items() if isinstance(content, Mapping) else enumerate(content)
        for name, value in items:
            check_unmasked(value, f"{path}.{name}")
    elif content == MASK:
        raise InputError(f"{path} = {MASK}: the records of a run hold no secrets, add {path}=… to the command.")


def may_hold_secrets(path: Path) -> bool:
    """Whether a file may hold secrets, judged by its name."""
    name = path.name.lower()
    return any(fnmatch(name, pattern) and (pattern != "id_*" or not path.suffix) for pattern in FILES)
