"""Small tables of texts, and a small encoder."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from <<cookiecutter.package>>.datasets.bbc_news import articles

WORDS = {
    "plants": ["leaf", "root", "seed", "tree", "flower", "moss"],
    "metals": ["iron", "copper", "zinc", "tin", "gold", "ore"],
}


def write_texts(root: Path) -> None:
    """Sentences about plants and metals, with commas, quotes and letters of other alphabets."""
    root.mkdir()
    draws = np.random.default_rng(0)
    for split, count in {"train": 80, "test": 20}.items():
        with (root / f"{split}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["text", "label"])
            for number in range(count):
                label = list(WORDS)[number % 2]
                words = " ".join(draws.choice(WORDS[label], draws.integers(3, 9)))
                table.writerow([f'About "{words}", größer {number} than {split}', label])


def write_encoder(folder: Path) -> tuple[str, ...]:
    """Write a BERT of two layers with random weights as Hugging Face has them, and return the words that choose it."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from tokenizers.trainers import WordPieceTrainer
    from transformers import BertConfig, BertModel

    tokenizer = Tokenizer(WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = WordPieceTrainer(vocab_size=3000, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator((article.text for article in articles()), trainer)
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    size: Any = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **size)).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return (f"network.encoder={folder}", "transformer.cached.tokenize.longest=64")


NETWORKS: dict[str, Callable[[Path], tuple[str, ...]]] = {"text_encoder": write_encoder}
"""Functions that write the files that a network needs, and return words for them."""
STAND_INS: dict[str, Callable[[Path], None]] = {"text_table": write_texts}
REPEATED = ()
"""Datasets with the same reader as another: checked by the slow tests only."""
