"""Pretrained encoders of texts: their files are in the checkpoint, once, and nowhere else."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from project import QUICK, Train, checkpoint, run_script
from word_stand_ins import WORDS, write_encoder, write_texts

from my_project.engine.checkpoints.checkpoint import load, save
from my_project.engine.core.asset import Asset
from my_project.engine.core.errors import InputError

WITH = ("problem=text_classification", "network=text_encoder", "dataset=text_table")


@pytest.fixture
def run(train: Train, tmp_path: Path) -> Path:
    """Run with an encoder whose folder is not there any more."""
    write_texts(tmp_path / "texts")
    words = write_encoder(tmp_path / "encoder")
    folder = train(*QUICK, *WITH, f"dataset.root={tmp_path / 'texts'}", *words)
    shutil.rmtree(tmp_path / "encoder")
    return folder


def test_a_checkpoint_needs_no_other_file(run: Path, tmp_path: Path) -> None:
    pipeline: Any = load(run)
    asset = pipeline.definition.tokenizer
    tokenizer = asset.read()
    assert json.loads(tokenizer)["model"]["type"] == "WordPiece"

    # Once in a checkpoint, by its digest elsewhere.
    with zipfile.ZipFile(run / "checkpoints" / "best.ckpt") as file:
        assert sum(tokenizer[:1000] in file.read(name) for name in file.namelist()) == 1
    assert repr(asset) == f"Asset(digest='{asset.digest}')"
    stored = run / "test" / "predictions.parquet"
    assert tokenizer[:1000] not in stored.read_bytes()
    assert asset.digest in pl.read_parquet_metadata(stored)["definition"]
    texts = [path for path in run.rglob("*") if path.is_file() and path.suffix in (".yaml", ".json", ".html", ".log")]
    assert not any(tokenizer[:1000] in path.read_bytes() for path in texts)

    save(pipeline, tmp_path / "run.safetensors")
    again: Any = load(tmp_path / "run.safetensors")
    assert again.definition == pipeline.definition
    assert again.definition.tokenizer.read() == tokenizer

    (tmp_path / "texts.txt").write_text("\n".join(" ".join(words) for words in WORDS.values()))
    run_script("predict", f"run={run}", f"inputs={tmp_path / 'texts.txt'}", f"output={tmp_path / 'answers.csv'}")
    assert len(pl.read_csv(tmp_path / "answers.csv")) == 2


def test_training_starts_from_the_pretrained_weights(train: Train, tmp_path: Path) -> None:
    write_texts(tmp_path / "texts")
    words = write_encoder(tmp_path / "encoder")
    folder = train(*QUICK, *WITH, f"dataset.root={tmp_path / 'texts'}", *words, r"network_options.freeze=[encoder\..*]")
    state = checkpoint(folder, "best")["state_dict"]
    from safetensors.torch import load_file

    pretrained = load_file(tmp_path / "encoder" / "model.safetensors")
    kept = {name: tensor for name, tensor in pretrained.items() if not name.startswith("pooler.")}
    assert len(kept) > 30
    for name, tensor in kept.items():
        assert torch.equal(state[f"pipeline.network.encoder.{name}"], tensor), name


def test_stored_predictions_have_no_content() -> None:
    asset = Asset.of(b"words")
    assert Asset(asset.digest) == asset
    with pytest.raises(InputError, match="known by its digest only: load a checkpoint"):
        Asset(asset.digest).read()


def test_missing_files_of_encoders_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from my_project.definitions.encoder_files import encoder_file

    with pytest.raises(InputError, match=r"There is no .*config\.json: expected a folder with tokenizer\.json"):
        encoder_file(str(tmp_path), "config.json")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # else it tries for 20 s
    with pytest.raises(InputError, match="could not be downloaded from Hugging Face"):
        encoder_file("nobody/nothing-of-this-name", "config.json")
    with pytest.raises(InputError, match=r"wordllama has no config\.json"):
        encoder_file("wordllama", "config.json")
