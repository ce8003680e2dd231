"""Pipelines on the Hugging Face Hub: `hf://user/name` stands for `model.safetensors` of that repository."""

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..core.errors import InputError, first_line
from ..core.given_paths import HUB

Answer = TypeVar("Answer")
FILE, CARD = "model.safetensors", "README.md"
FORM = re.compile(rf"{HUB}(?P<name>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?")


class Place(NamedTuple):
    """Repository and, if one is named, a branch, a tag or a commit of it."""

    name: str
    revision: str | None


def place_of(address: str) -> Place:
    """Repository of `hf://user/name` or `hf://user/name@revision`.

    Raises:
        InputError: the address has another form.
    """
    if found := FORM.fullmatch(address):
        return Place(found["name"], found["revision"])
    raise InputError(f"{address} is no repository of the Hub: expected {HUB}user/name or {HUB}user/name@revision.")


def downloaded(address: str) -> Path:
    """File of a repository in the Hub's cache on this machine; only a new version is fetched.

    Raises:
        InputError: huggingface_hub is missing, there is no such file, or the Hub cannot be reached.
    """
    name, revision = place_of(address)
    hub = _client()

    def get() -> str:
        return str(hub.hf_hub_download(name, FILE, revision=revision, endpoint=_endpoint()))

    return Path(_asked(get, f"{address} has no {FILE}"))


def upload(address: str, model: Path, card: Path) -> None:
    """Put an exported file and its card into a repository, which is made if it is not there.

    Raises:
        InputError: huggingface_hub is missing, or the Hub refuses them or cannot be reached.
    """
    name, revision = place_of(address)
    hub = _client()
    api = hub.HfApi(endpoint=_endpoint())

    def put() -> None:
        api.create_repo(name, exist_ok=True)
        files = [hub.CommitOperationAdd(path, file) for path, file in ((FILE, model), (CARD, card))]
        api.create_commit(name, files, commit_message=f"Export of {model.name}", revision=revision)

    _asked(put, f"{address} does not get {model}")


def _endpoint() -> str | None:
    """Another Hub, read at each call: huggingface_hub reads it once."""
    return os.environ.get("HF_ENDPOINT")


def _client() -> Any:
    try:
        import huggingface_hub

        for name in ("httpx", "httpx2"):  # a line for each request
            logging.getLogger(name).setLevel(logging.WARNING)
    except ModuleNotFoundError as error:
        raise InputError(f"{HUB} needs huggingface_hub: `uv sync --group hub` installs it.") from error
    return huggingface_hub


def _asked(ask: Callable[[], Answer], failure: str) -> Answer:
    try:
        return ask()
    except Exception as error:  # of the Hub, its client or the network
        raise InputError(f"{failure} ({first_line(error)}).") from error
