"""Training without configs and command line, as in a notebook."""

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from project import ROOT, config_of

from my_project.engine.callbacks.checkpoint import Checkpoint
from my_project.engine.core.errors import InputError
from my_project.engine.core.instantiate import build
from my_project.engine.data.datamodule import DataModule
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training import Supervised, Trainer, fit
from my_project.engine.training.factory import data_and_pipeline
from my_project.transformers.standardize import Standardize


def parts() -> tuple[Supervised, DataModule]:
    """Model and data of the default config, with the defaults of the classes."""
    torch.manual_seed(0)
    config = config_of("data.limit_samples=96", "data.batch_size=32")
    data, pipeline = data_and_pipeline(config)
    return Supervised(pipeline, build(config, "loss"), partial(torch.optim.SGD, lr=0.01)), data


def test_the_example_of_the_documentation_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    (block,) = [text for text in blocks if "import Supervised, Trainer, fit" in text]
    names: dict[str, Any] = {}
    exec(block, names)
    assert 0 < names["score"] < 10
    assert not list(tmp_path.iterdir())


def test_fit_returns_the_last_validation_loss() -> None:
    model, data = parts()
    trainer = Trainer(max_epochs=2, accelerator="cpu")
    before = [parameter.clone() for parameter in model.parameters()]
    score = fit(trainer, model, data)
    assert set(trainer.callback_metrics) >= {"test/loss"}
    assert not all(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    assert Trainer(accelerator="cpu").validate(model, data, verbose=False)[0]["val/loss"] == pytest.approx(score)


def test_fit_tests_the_best_checkpoint_and_returns_its_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = parts()
    monkeypatch.setattr(data, "test_dataloader", data.val_dataloader)
    best = Checkpoint(dirpath=tmp_path, monitor="val/loss", mode="max")  # the first epoch
    trainer = Trainer(max_epochs=3, accelerator="cpu", callbacks=[best])
    score = fit(trainer, model, data)
    assert score is not None
    assert score == best.best_model_score
    assert float(trainer.callback_metrics["test/loss"]) == pytest.approx(score, rel=1e-5)


def test_a_second_fit_goes_on_with_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = parts()
    fit(Trainer(max_epochs=1, accelerator="cpu"), model, data)
    after = {name: value.clone() for name, value in model.state_dict().items()}

    def check(self: Supervised) -> None:
        assert all(torch.equal(value, after[name]) for name, value in self.state_dict().items())

    monkeypatch.setattr(Supervised, "on_train_start", check)
    monkeypatch.setattr(type(model.pipeline), "fit", lambda *_: pytest.fail("fits the pre-processing again"))
    fit(Trainer(max_epochs=1, accelerator="cpu"), model, data)
    assert not all(torch.equal(value, after[name]) for name, value in model.state_dict().items())


def test_fit_checks_the_contract_before_it_reads_data(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = parts()
    monkeypatch.setattr(type(model.loss), "forward", lambda self, output, target: output[0])
    with pytest.raises(InputError, match="expected LossOutput"):
        fit(Trainer(max_epochs=1, accelerator="cpu"), model, data)
    assert not data.splits


def test_parts_of_a_wrong_type_are_one_sentence() -> None:
    model, data = parts()
    pipeline, definition, loss = model.pipeline, model.pipeline.definition, model.loss
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    post, field = pipeline.parts["postprocess"], definition.Input._fields[0]
    calls: dict[str, Callable[[], object]] = {
        f"network is an object of {type(pipeline.network).__name__}, expected its class": lambda: Pipeline(
            definition, pipeline.network, None, post
        ),
        "optimizer is an object of SGD, expected its class": lambda: Supervised(pipeline, loss, optimizer),  # type: ignore[arg-type]
        f"loss is the class {type(loss).__name__}, expected an object": lambda: Supervised(
            pipeline,
            type(loss),  # type: ignore[arg-type]
            torch.optim.SGD,
        ),
        f"has no field 'img': expected one of {field}": lambda: Standardize(definition, field="img"),
        "model is an object of DataModule and data of Supervised": lambda: fit(Trainer(max_epochs=1), data, model),  # type: ignore[arg-type]
    }
    for sentence, call in calls.items():
        with pytest.raises(InputError, match=re.escape(sentence)):
            call()


def test_the_package_of_fit_imports_no_torch() -> None:
    code = "import sys, my_project.engine.training; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
