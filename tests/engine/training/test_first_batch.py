"""A network, a loss or a file with a beginner's mistake is one sentence before anything is trained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import get_class
from project import QUICK, ROOT, Train, default_dataset

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.cli.command_line import prepare
from my_project.engine.core.compat import VERSION_BASE
from my_project.engine.core.errors import InputError
from my_project.engine.core.schemas import PACKAGE
from my_project.engine.inference.predictor import Predictor
from my_project.engine.losses.loss import LossOutput
from my_project.engine.models.pipeline import Pipeline

with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
    CONFIG = compose("train")
NETWORK: Any = get_class(CONFIG.network._target_)
LOSS: Any = get_class(CONFIG.loss._target_)


def spoiled(change: Callable[[Any], Any], whole: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *arguments, **named: change(whole(self, *arguments, **named))


FAULTS = [
    (NETWORK, lambda output: output[:, :, None], "of .*Output is .*, expected Float"),
    (NETWORK, lambda output: torch.cat([output, output], 1), "of .*Output is .*, expected Float"),
    (NETWORK, lambda output: output.long(), "of .*Output is .*, expected Float"),
    (NETWORK, lambda output: (output,), "gives tuple, expected a mapping with"),
    (NETWORK, lambda output: {"wrong": output}, "gives a mapping with wrong, expected a mapping with"),
    (NETWORK, lambda output: output @ output @ output, "fails on a first batch of .* samples"),
    (LOSS, lambda output: output.total, "gives Tensor, expected LossOutput"),
    (LOSS, lambda output: output._replace(total=output.total.mean()), r"gives \[\] as total, expected one value"),
    (LOSS, lambda output: output._replace(total=output.total[:, None]), "1] as total, expected one value"),
    (LOSS, lambda output: LossOutput(output.total, {"x": output.total.sum()}), r"gives \[\] as x, expected one value"),
]


@pytest.mark.parametrize(("part", "change", "sentence"), FAULTS)
def test_faults_are_one_sentence(
    train: Train, monkeypatch: pytest.MonkeyPatch, part: Any, change: Callable[[Any], Any], sentence: str
) -> None:
    monkeypatch.setattr(part, "forward", spoiled(change, part.forward))
    if part is NETWORK:  # what the pipeline asks the network for is read from its signature
        names = default_dataset()().definition().Input._fields
        monkeypatch.setattr(Pipeline, "_fields_of_network", lambda _: list(names))
    with pytest.raises(SystemExit, match=sentence) as stopped:
        train(*QUICK)
    assert "\n" not in str(stopped.value)
    assert not Path("logs").exists()


def test_files_that_are_no_python_or_no_yaml_are_named() -> None:
    target = f"{PACKAGE}.losses.of_a_test.Broken"
    files = {
        ROOT / PACKAGE / "losses" / "of_a_test.py": "class Broken(:\n",
        ROOT / "configs" / "loss" / "of_a_test.yaml": f"_target_: {target}\n",
        ROOT / "configs" / "loss" / "tabs_of_a_test.yaml": "_target_:\n\t- x\n",
    }
    try:
        for path, content in files.items():
            path.write_text(content)
        with pytest.raises(InputError, match=r"of_a_test\.py, line 1, is not valid Python"):
            prepare(["loss=of_a_test"])
        with pytest.raises(InputError, match="a config is not valid YAML"):
            prepare(["loss=tabs_of_a_test"])
    finally:
        for path in files:
            path.unlink()


def test_a_resume_that_is_shorter_than_the_run_is_refused(train: Train, trained_with: Train) -> None:
    folder = trained_with("scheduler=constant")
    with pytest.raises(SystemExit, match=r"has 2 epochs already, max_epochs = 1"):
        train(f"resume={folder}", "trainer.max_epochs=1")


def test_the_pipeline_answers_raw_inputs_as_it_did_in_the_run(trained_with: Train) -> None:
    pipeline = load(trained_with() / "checkpoints/best.ckpt")
    dataset = default_dataset()()
    samples = dataset.samples(dataset.tokens("test"))
    predictor = Predictor({"": pipeline})
    prediction = predictor([samples[place].input for place in range(5)])
    one = predictor([samples[4].input])
    assert all(torch.allclose(alone[0], among[4], atol=1e-5) for alone, among in zip(one, prediction, strict=True))
    assert type(prediction) is pipeline.definition.Prediction
