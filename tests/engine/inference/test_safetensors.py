"""A safetensors file is the checkpoint to the bit, or is refused."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, run_train
from safetensors import safe_open
from safetensors.torch import save_file

from exports import Export
from my_project.engine.checkpoints import safetensors_file
from my_project.engine.checkpoints.checkpoint import FORMAT, KEY, load, pack
from my_project.engine.core.errors import InputError
from my_project.engine.inference.predictor import Predictor


def test_safetensors_are_the_checkpoint_to_the_bit(export: Export, averaged: Path) -> None:
    file = export("format=safetensors")
    one, two = load(averaged), load(file)
    assert pack(one) == pack(two)
    assert one.definition == two.definition
    assert list(one.state_dict()) == list(two.state_dict())
    assert all(torch.equal(value, two.state_dict()[name]) for name, value in one.state_dict().items())
    assert Predictor.load(str(file)).definition == one.definition
    started = run_train(*QUICK, f"warm_start.checkpoint={file}", "trainer.max_epochs=1")
    assert load(started).definition == one.definition


def rewritten(file: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A safetensors file with other plain data."""
    with safe_open(file, framework="pt") as content:
        tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        data = json.loads(content.metadata()[KEY])
    change(data)
    path = file.with_name("changed.safetensors")
    save_file(tensors, path, metadata={KEY: json.dumps(data)})
    return path


def test_a_bad_safetensors_file_is_one_sentence(export: Export) -> None:
    file = export("format=safetensors")
    changes: dict[str, Callable[[dict[str, Any]], Any]] = {
        "A checkpoint would name os.system, which it must not": lambda data: data["network"].update(target="os.system"),
        f"has format {FORMAT + 1}, this project reads up to {FORMAT}": lambda data: data.update(format=FORMAT + 1),
        "does not fit the code of this project": lambda data: data["network"]["arguments"].update(nonsense=1),
        r"does not fit .*KeyError": lambda data: data.pop("modes"),
    }
    for sentence, change in changes.items():
        with pytest.raises(InputError, match=sentence) as refused:
            load(rewritten(file, change))
        assert "\n" not in str(refused.value)
    wrong, content = file.with_name("wrong.safetensors"), file.read_bytes()
    noise = random.Random(0).randbytes(1000)
    for bad in (noise, content[:-1], content[:200], noise[:8] + b"{" + noise, b""):
        wrong.write_bytes(bad)
        with pytest.raises(InputError, match="is not a checkpoint of this project") as refused:
            load(wrong)
        assert "\n" not in str(refused.value)
    save_file({"weight": torch.ones(2)}, wrong)
    with pytest.raises(InputError, match="is not a checkpoint of this project"):
        load(wrong)


def test_plain_data_come_back_from_json_as_they_were(tmp_path: Path) -> None:
    path, shared = tmp_path / "x.safetensors", torch.arange(6.0).view(2, 3)
    data = {"a": (1, ("b", [2.5, (None, True)])), "c": {"d": []}, "e": ()}
    safetensors_file.write(path, KEY, data, {"one": shared, "two": shared.T})
    found, tensors = safetensors_file.read(path, KEY, "cpu")
    assert found == data
    assert torch.equal(tensors["one"], shared)
    assert torch.equal(tensors["two"], shared.T)
    for odd in ({"a": {1: 2}}, {"a": float("nan")}, {"a": torch.float32}, {"a": {"(tuple)": [1]}}):
        with pytest.raises(InputError, match="cannot be kept as safetensors"):
            safetensors_file.write(path, KEY, odd, {})
