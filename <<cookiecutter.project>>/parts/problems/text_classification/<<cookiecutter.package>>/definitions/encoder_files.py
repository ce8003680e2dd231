"""Files of pretrained encoders of texts: their tokenizer, their architecture, their weights."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..engine.core.asset import Asset
from ..engine.core.errors import InputError, first_line

WORDLLAMA = "wordllama"
INSIDE = {  # files of a model folder in the package wordllama
    "tokenizer.json": "tokenizers/l2_supercat_tokenizer_config.json",
    "model.safetensors": "weights/l2_supercat_256.safetensors",
}


def encoder_file(encoder: str, name: str) -> Path:
    """Path of a file of an encoder: of the package wordllama, of a local folder, or of a model of Hugging Face, from
    its cache or its server.

    Raises:
        InputError: there is no such file.
    """
    if encoder == WORDLLAMA:
        return _of_wordllama(name)
    if (folder := Path(encoder)).is_dir():
        if not (file := folder / name).is_file():
            raise InputError(
                f"There is no {file}: expected a folder with tokenizer.json, config.json and model.safetensors."
            )
        return file
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise InputError(
            f"There is no folder {encoder}; a model of Hugging Face needs the package huggingface-hub, which is not "
            "installed: uv sync --group text."
        ) from error
    try:
        return Path(hf_hub_download(encoder, name))
    except Exception as error:  # of the network, the disk, or the library
        raise InputError(
            f"There is no folder {encoder}, and {name} of a model of this name could not be downloaded from Hugging "
            f"Face ({first_line(error)}): name another, or a folder with its files."
        ) from error


def _of_wordllama(name: str) -> Path:
    spec = find_spec(WORDLLAMA)  # the package itself need not be imported
    if spec is None or spec.origin is None:
        raise InputError("There is no package wordllama, which holds the word vectors: uv sync --group text.")
    if name not in INSIDE:
        raise InputError(f"wordllama has no {name}: it holds vectors of words, and no network.")
    return Path(spec.origin).parent / INSIDE[name]


def load_tokenizer(file: Asset) -> Any:
    """`tokenizers.Tokenizer` of a tokenizer.json.

    Raises:
        InputError: the package tokenizers is not installed, or cannot read the file.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise InputError("There is no package tokenizers, which reads tokenizer.json: uv sync --group text.") from error
    try:
        return Tokenizer.from_buffer(file.read())
    except ValueError as error:
        raise InputError(f"The tokenizer.json cannot be read ({first_line(error)}).") from error
