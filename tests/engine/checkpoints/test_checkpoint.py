"""A checkpoint is loaded as it was meant, and nothing in it is run."""

import copy
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from project import ROOT, Train, checkpoint, config_of

from my_project.definitions.image_classification import ImageClassification
from my_project.engine.checkpoints.checkpoint import check_same_preprocessing, load, pack, unpack
from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.check import axes
from my_project.engine.definitions.example import example
from my_project.engine.models.describe import PACKAGE
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training.factory import data_and_pipeline
from my_project.models.mlp import MLP
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize


@pytest.fixture
def run(trained_with: Train) -> Path:
    return trained_with("callback=[default,ema]")


def predictions(path: Path, **how: Any) -> list[Any]:
    pipeline = load(path, **how)
    return [field.tolist() for field in pipeline.predict(example(pipeline.definition, 5).input)]


def saved(content: Any, path: Path) -> Path:
    torch.save(content, path)
    return path


def test_a_run_folder_is_its_best_checkpoint(run: Path, tmp_path: Path) -> None:
    assert predictions(run) == predictions(run / "checkpoints/best.ckpt")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/last.ckpt").write_bytes((run / "checkpoints/last.ckpt").read_bytes())
    assert predictions(tmp_path) == predictions(run / "checkpoints/last.ckpt")


def test_raw_and_averaged_weights_can_both_be_had(run: Path) -> None:
    content = checkpoint(run, "best")
    for weights, key in {"ema": "state_dict", "raw": "current_model_state"}.items():
        for name, value in load(run, weights=weights).state_dict().items():  # type: ignore[arg-type]
            assert torch.equal(value, content[key][f"pipeline.{name}"])
    assert predictions(run) != predictions(run, weights="raw")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("os.system", "would name os.system, which it must not"),
        ("torch.hub.load", "would name torch.hub.load"),
        (".engine.core.code.git", "would name .engine.core.code.git"),
        (f"{PACKAGE}.engine.training.supervised.Supervised", "which it must not"),
        (".transformers.standardize.Tensor", "only imports"),
        (".models.nowhere.Network", "does not fit the code of this project"),
        (".models.pretrained.torchvision_weights", "which is no class"),
    ],
)
def test_a_checkpoint_names_nothing_but_our_parts(run: Path, tmp_path: Path, target: str, sentence: str) -> None:
    content = copy.deepcopy(checkpoint(run, "best"))
    content["pipeline"]["network"] = {"target": target, "arguments": {}}
    with pytest.raises(InputError, match=sentence):
        load(saved(content, tmp_path / "x.ckpt"))


class Trap:
    """Pickled, it writes a file when it is read."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


def test_a_pickle_that_poses_as_a_checkpoint_is_refused_and_not_run(run: Path, tmp_path: Path) -> None:
    content = checkpoint(run, "best") | {"extra": Trap(str(tmp_path / "sprung"))}
    with pytest.raises(InputError, match="is not a checkpoint of this project"):
        load(saved(content, tmp_path / "x.ckpt"))
    assert not (tmp_path / "sprung").exists()


def test_weights_of_another_form_are_refused(run: Path, tmp_path: Path) -> None:
    content = checkpoint(run, "best")
    name = next(name for name, value in content["state_dict"].items() if value.ndim > 1)
    content["state_dict"][name] = torch.zeros(1, 2, 3)
    with pytest.raises(InputError, match="does not fit the code of this project"):
        load(saved(content, tmp_path / "x.ckpt"))


def test_a_pipeline_without_preprocessing_gives_the_network_the_raw_input() -> None:
    assert prepare(["transformer.preprocess=null"]) == ["transformer.preprocess=null"]
    _, pipeline = data_and_pipeline(config_of("transformer.preprocess=null"))
    for made in (pipeline, unpack(pack(pipeline), {})):
        batch = example(made.definition, 5)
        made.fit(batch.input)
        assert made.preprocess(batch.input) is batch.input
        assert not any(name.startswith("preprocess.") for name in made.state_dict())


def test_a_preprocessing_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(InputError, match=r"transformer.preprocess = 3: expected mapping or null\."):
        prepare(["transformer.preprocess=3"])


def test_an_ensemble_of_other_sizes_names_the_difference() -> None:
    pipelines = {}
    for name, height in (("small", 8), ("large", 28)):
        definition = ImageClassification(tuple("0123456789"), 1, height, 8)
        pipelines[name] = Pipeline(
            definition, partial(MLP), partial(Standardize, field="image"), partial(Probabilities)
        )
    with pytest.raises(InputError) as error:
        check_same_preprocessing(pipelines)
    assert str(error.value) == "small and large cannot be an ensemble, their definition differs: height 8 and 28."


@pytest.mark.slow  # in this process: test_the_pipeline_answers_raw_inputs_as_it_did_in_the_run
def test_the_checkpoint_answers_in_a_fresh_process_without_configs(trained_with: Train, tmp_path: Path) -> None:
    best = trained_with() / "checkpoints/best.ckpt"
    pipeline = load(best)
    kind, sizes = pipeline.definition.Input, pipeline.definition.sizes()
    fields = [torch.rand([sizes.get(axis, 3) for axis in axes(kind, field)]) for field in kind._fields]
    torch.save([fields, list(pipeline.predict(kind(*fields)))], tmp_path / "expected.pt")
    code = (
        "import sys, torch\n"
        "from my_project.engine.checkpoints.checkpoint import load\n"
        f"pipeline = load({str(best)!r})\n"
        f"fields, expected = torch.load({str(tmp_path / 'expected.pt')!r})\n"
        "answer = pipeline.predict(pipeline.definition.Input(*fields))\n"
        "assert all(torch.equal(*pair) for pair in zip(answer, expected, strict=True))\n"
        "assert 'hydra' not in sys.modules\n"
    )
    alone = tmp_path / "alone"
    shutil.copytree(ROOT / "my_project", alone / "my_project")
    subprocess.run([sys.executable, "-c", code], cwd=alone, check=True)


def test_foreign_files_are_no_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "x.ckpt"
    with pytest.raises(InputError, match="There is no checkpoint"):
        load(path)
    path.write_text("hello")
    with pytest.raises(InputError, match="is not a checkpoint of this project"):
        load(path)
    torch.save({"state_dict": {}, "pipeline": {"format": 99}}, path)
    with pytest.raises(InputError, match="has format 99"):
        load(path)
