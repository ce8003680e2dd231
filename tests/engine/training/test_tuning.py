"""`tune.py`: a rate that trains well, from a copy that leaves the network as it was."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from project import config_of, run_script

from my_project.engine.core.errors import InputError
from my_project.engine.training.factory import data_and_pipeline, model_of
from my_project.engine.training.fitting import set_up
from my_project.engine.training.rate_range import RateRange, range_test
from my_project.engine.training.supervised import Supervised

RATES = [10 ** (-4 + number / 2) for number in range(8)]  # 1e-4 to 0.3


def made(*words: str) -> tuple[Supervised, object]:
    torch.manual_seed(0)
    config = config_of("data/cache=off", "trainer=cpu", *words)
    data, pipeline = data_and_pipeline(config)
    model = model_of(config, pipeline)
    assert isinstance(model, Supervised)
    set_up(model, data)
    return model, data


def ranged(*words: str, steps: int = 200) -> RateRange:
    model, data = made(*words)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = range_test(model, data, steps)  # type: ignore[arg-type]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    return found


def test_the_network_is_left_as_it_was_and_the_rates_grow() -> None:
    found = ranged("data.limit_samples=200", steps=60)
    assert found.rates == sorted(found.rates)
    assert found.rates[0] == 1e-6
    assert len(found.rates) == len(found.losses)
    assert found.suggestion == found.rates[found.losses.index(min(found.losses))] / 3


def test_a_loss_that_does_not_fall_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = made("data.limit_samples=64")
    model.pipeline.network.requires_grad_(False)
    next(iter(model.pipeline.network.parameters())).requires_grad_(True)
    monkeypatch.setattr("my_project.engine.training.rate_range.HIGH", 2e-6)
    with pytest.raises(InputError, match="The loss did not fall in 20 steps"):
        range_test(model, data, 20)  # type: ignore[arg-type]


def test_the_script_draws_and_gives_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = run_script("tune", "data.limit_samples=200", "steps=60", "optimizer=sgd", "device=cpu")
    with Image.open(folder / "rates.png") as image:
        assert min(image.size) > 300
    said = capsys.readouterr().out
    (line,) = [line for line in said.splitlines() if line.startswith("suggestion: ")]
    assert line.startswith("suggestion: python train.py data.limit_samples=200 optimizer=sgd optimizer.lr=")
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.slow
@pytest.mark.parametrize("words", [("network=tiny_vgg",), ("network=mlp",), ("network=mlp", "optimizer=sgd")])
def test_the_suggestion_is_near_the_best_of_a_grid(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a factor 3 of a rate whose validation loss is the best of the grid, or as good to within a tenth."""
    from project import QUICK, epochs, run_train

    monkeypatch.chdir(tmp_path)
    found = ranged(*words).suggestion
    whole = (*QUICK, *words, "data.limit_samples=null", "data.batch_size=64", "trainer.max_epochs=4")

    def loss(rate: float) -> float:
        folder = run_train(*whole, f"optimizer.lr={rate}", f"name=rate_{rate:.2g}")
        return min(float(row["val/loss"]) for row in epochs(folder) if row["val/loss"])

    losses = {rate: loss(rate) for rate in RATES}
    best = min(losses, key=losses.__getitem__)
    assert best / 3.2 <= found <= best * 3.2 or loss(found) <= 1.1 * losses[best], (found, losses)
