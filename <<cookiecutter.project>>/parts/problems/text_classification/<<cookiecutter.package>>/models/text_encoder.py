"""Pretrained encoders of texts from the library transformers."""

import json
from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any

from annotated_types import Interval
from torch import Tensor, nn

from ..definitions.text_classification import TextClassification
from ..engine.core.errors import InputError, first_line
from ..engine.definitions.ragged import inside


class TextEncoder(nn.Module):
    """Mean of the encoder's last hidden states over the tokens, and a dense layer.

    `encoder`: a model of Hugging Face by name, or a folder with its files; the definition must have been made with it.
    Tokens beyond its longest sequence are not read.

    Raises:
        InputError: the definition has no architecture, or the library does not know it.
    """

    def __init__(
        self,
        definition: TextClassification,
        encoder: str = "sentence-transformers/all-MiniLM-L6-v2",
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    ) -> None:
        super().__init__()
        if definition.architecture is None:
            raise InputError(
                f"{encoder} was not given to the dataset, whose tokens are those of no encoder: name it there."
            )
        settings = json.loads(definition.architecture.read())
        self.name, self.encoder = encoder, _create(encoder, settings)
        self.encoder.pooler = None  # some have one, for other uses
        config = self.encoder.config
        self.longest = int(getattr(config, "max_position_embeddings", 512))
        takes_part = "token_type_ids" in signature(self.encoder.forward).parameters
        self.takes_part = takes_part and getattr(config, "type_vocab_size", 0) > 1
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(config.hidden_size, len(definition.classes)))

    def initialize(self) -> None:
        """Load the pretrained weights."""
        auto, _ = _library()
        state = _made(self.name, lambda: auto.from_pretrained(self.name)).state_dict()
        self.encoder.load_state_dict({name: state[name] for name in self.encoder.state_dict()})

    def forward(self, tokens: Tensor, part: Tensor, length: Tensor) -> Tensor:
        tokens, part = tokens[:, : self.longest], part[:, : self.longest]
        within = inside(length, tokens.shape[1])
        parts = {"token_type_ids": part} if self.takes_part else {}
        hidden = self.encoder(input_ids=tokens, attention_mask=within.long(), **parts).last_hidden_state
        weight = within.unsqueeze(2).to(hidden.dtype)
        logits: Tensor = self.head((hidden * weight).sum(1) / weight.sum(1))
        return logits


def _library() -> tuple[Any, Any]:
    """`AutoModel` and `AutoConfig` of transformers."""
    try:
        from transformers import AutoConfig, AutoModel
    except ImportError as error:
        raise InputError(
            "A pretrained encoder needs the package transformers, which is not installed: uv sync --group transformers."
        ) from error
    return AutoModel, AutoConfig


def _create(encoder: str, settings: dict[str, Any]) -> Any:
    """Encoder with random weights, of the architecture in a config.json."""
    auto, configs = _library()
    return _made(encoder, lambda: auto.from_config(configs.for_model(**settings)))


def _made(encoder: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Exception as error:  # of any class, depending on the model
        raise InputError(f"{encoder} is no encoder that transformers can load ({first_line(error)}).") from error
