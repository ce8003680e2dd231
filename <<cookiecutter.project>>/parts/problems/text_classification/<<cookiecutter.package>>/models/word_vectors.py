"""Pretrained static embeddings: the mean of the words of each text."""

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Ge, Interval
from safetensors.torch import load_file
from torch import nn

from ..definitions.encoder_files import encoder_file
from ..definitions.text_classification import TextClassification
from ..engine.core.errors import InputError
from .word_means import WordMeans


class WordVectors(WordMeans):
    """`WordMeans` with the vectors of `encoder`, of `width` numbers for each token; only if `trained`, they change. The
    means have mean 0 and variance 1.

    `encoder`: the package wordllama, or a folder, or a model of Hugging Face with a tokenizer.json and one table of
    vectors in its model.safetensors.
    """

    def __init__(
        self,
        definition: TextClassification,
        encoder: str = "wordllama",
        width: Annotated[int, Ge(1)] = 256,
        trained: bool = False,
        hidden: Sequence[int] = (256,),
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.3,
    ) -> None:
        super().__init__(definition, width, hidden, dropout)
        self.encoder = encoder
        self.embedding.requires_grad_(trained)
        self.norm = nn.LayerNorm(width, elementwise_affine=False)

    def initialize(self) -> None:
        """Load the vectors.

        Raises:
            InputError: there are none, or their table has another shape.
        """
        tables = list(load_file(encoder_file(self.encoder, "model.safetensors")).values())
        shapes, expected = [tuple(table.shape) for table in tables], tuple(self.embedding.weight.shape)
        if shapes != [expected]:
            raise InputError(f"{self.encoder} has tensors of the shapes {shapes}, expected one of {expected}.")
        with torch.no_grad():
            self.embedding.weight.copy_(tables[0])
