"""Models with training steps and optimizers of their own: checkpoints, resume, refusal where a pipeline is needed."""

from functools import partial
from pathlib import Path

import pytest
import torch
from project import config_of
from torch import nn

from my_project.datasets.digits import Digits
from my_project.engine.callbacks.checkpoint import Checkpoint
from my_project.engine.callbacks.evaluation import Evaluation
from my_project.engine.callbacks.interval_checkpoint import IntervalCheckpoint
from my_project.engine.callbacks.log_samples import LogSamples
from my_project.engine.callbacks.nan_guard import NaNGuard
from my_project.engine.callbacks.pictures import Pictures
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.definition import Batch
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training import CustomModel, Trainer, fit
from my_project.engine.training.factory import data_and_pipeline, model_of
from my_project.models.tiny_vgg import TinyVGG
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize


class Autoencoder(CustomModel):
    """Encoder and decoder with an optimizer each; the noise in the code comes from the seed of the batch."""

    rate = 1e-3

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.automatic_optimization = False
        self.encoder, self.decoder = nn.Linear(64, 8), nn.Linear(8, 64)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        return [torch.optim.Adam(part.parameters(), self.rate) for part in (self.encoder, self.decoder)]

    def error(self, batch: Batch, seed: int) -> torch.Tensor:
        image = self.preprocess(batch.input).image.flatten(1)
        code = self.encoder(image)
        code = code + torch.randn(code.shape, generator=torch.Generator().manual_seed(seed))
        error: torch.Tensor = (self.decoder(code) - image).square().mean()
        return error

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        optimizers = self.optimizers()
        assert isinstance(optimizers, list)
        loss = self.error(batch, batch.seed)
        self.manual_backward(loss)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.log("train/loss", loss, on_step=False, on_epoch=True)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self.log("val/loss", self.error(batch, batch_idx))


class Diverging(Autoencoder):
    rate = torch.inf


def train(folder: Path, epochs: int, model_type: type[Autoencoder] = Autoencoder, resume: bool = False) -> Trainer:
    torch.manual_seed(3 if resume else 0)
    dataset = Digits()
    pipeline = Pipeline(dataset.definition(), TinyVGG, partial(Standardize, field="image"), Probabilities)
    data = DataModule(dataset, pipeline.prepare, limit_samples=200)
    last = Checkpoint(str(folder), filename="last", save_on_train_epoch_end=True, enable_version_counter=False)
    best = Checkpoint(str(folder), filename="best", monitor="val/loss", enable_version_counter=False)
    others = [Pictures(str(folder / "pictures")), Evaluation(str(folder / "test")), NaNGuard(1)]
    trainer = Trainer(max_epochs=epochs, accelerator="cpu", callbacks=[best, last, *others])
    score = fit(trainer, model_type(pipeline), data, folder / "last.ckpt" if resume else None)
    assert score == best.best_model_score
    return trainer


def weights(folder: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(folder / "last.ckpt")["state_dict"]
    return state


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a training of two epochs."""
    path = tmp_path_factory.mktemp("custom")
    train(path, 2)
    return path


def test_a_resumed_training_with_two_optimizers_equals_an_unbroken_one(folder: Path, tmp_path: Path) -> None:
    train(tmp_path, 1)
    first = weights(tmp_path)
    train(tmp_path, 2, resume=True)
    last, expected = weights(tmp_path), weights(folder)
    assert set(last) == {"encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"} | {
        "preprocess.mean", "preprocess.std"
    }  # fmt: skip
    assert all(last[name].equal(expected[name]) for name in expected)
    assert not last["decoder.weight"].equal(first["decoder.weight"])
    assert last["preprocess.mean"] != 0


def test_samples_are_drawn_and_predictions_are_not(folder: Path) -> None:
    assert {path.name for path in (folder / "pictures").iterdir()} == {"samples.png", "samples_raw.png"}
    assert not (folder / "test").exists()


def test_its_checkpoint_is_refused_where_a_pipeline_is_needed(folder: Path) -> None:
    with pytest.raises(
        InputError, match=r"best\.ckpt is of the model Autoencoder, which has training steps of its own and no"
    ):
        load(folder / "best.ckpt")


def test_a_callback_that_shows_predictions_is_refused(folder: Path) -> None:
    config = config_of()
    _, pipeline = data_and_pipeline(config)
    with pytest.raises(InputError, match="LogSamples needs the predictions of a pipeline, but Autoencoder has"):
        LogSamples().on_fit_start(Trainer(accelerator="cpu"), Autoencoder(pipeline))


@pytest.mark.parametrize("changed", [{"export": "onnx"}, {"warm_start": {"checkpoint": "best.ckpt"}}])
def test_what_needs_a_pipeline_is_refused_before_the_training(changed: dict[str, object]) -> None:
    config = config_of() | {"model": {"_target_": "my_project.engine.training.custom_model.CustomModel"}} | changed
    _, pipeline = data_and_pipeline(config)
    with pytest.raises(InputError, match=f"{next(iter(changed))} = .* needs a pipeline, but CustomModel has"):
        model_of(config, pipeline)


def test_a_gradient_that_is_not_finite_is_named(tmp_path: Path) -> None:
    with pytest.raises(FloatingPointError, match=r"weight encoder\.weight is NaN or infinite"):
        train(tmp_path, 1, Diverging)


def test_max_time_stops_it_too(tmp_path: Path) -> None:
    dataset = Digits()
    pipeline = Pipeline(dataset.definition(), TinyVGG, partial(Standardize, field="image"), Probabilities)
    interval = IntervalCheckpoint(str(tmp_path / "last.ckpt"))
    trainer = Trainer(max_epochs=9, accelerator="cpu", callbacks=[interval], max_time={"seconds": 0})
    fit(trainer, Autoencoder(pipeline), DataModule(dataset, pipeline.prepare, limit_samples=200))
    assert trainer.global_step == 0
    assert not (tmp_path / "last.ckpt").exists()
