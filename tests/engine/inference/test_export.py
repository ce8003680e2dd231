"""An exported file answers as its checkpoint does, or there is none."""

import functools
import importlib.util
import json
import random
import re
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple

import onnxruntime
import pytest
import torch
import yaml
from annotated_types import Interval
from jaxtyping import Float, Int64
from project import QUICK, Train, config_of, rows, run_script, run_train
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from my_project.engine.checkpoints import safetensors_file
from my_project.engine.checkpoints.checkpoint import FORMAT, KEY, load, pack
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.example import example
from my_project.engine.inference import export_formats
from my_project.engine.inference.export import differences
from my_project.engine.inference.export_formats import FORMATS, FormatName
from my_project.engine.inference.predictor import Predictor
from my_project.engine.models.pipeline import Pipeline
from spelling import Spelling

Export = Callable[..., Path]
SIZES = (1, 2, 7, 64, 100)


@pytest.fixture
def trained(trained_with: Train, tmp_path: Path) -> Path:
    """A run that kept a running mean of its weights, without exports."""
    return Path(shutil.copytree(trained_with("callback=[default,ema]"), tmp_path / "run"))


@pytest.fixture
def export(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """`python export.py run=<trained> <words>` in an empty folder; returns the newest file."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")

    def exported(*words: str) -> Path:
        folder = run_script("export", f"run={trained}", *words)
        files = [path for path in folder.glob("model*") if path.suffix != ".md"]
        return max(files, key=lambda path: path.stat().st_mtime_ns)

    return exported


def predictions(file: Path, fields: dict[str, Tensor]) -> dict[str, Tensor]:
    """What a file says to input fields, asked as another program would."""
    if file.suffix == ".onnx":
        session = onnxruntime.InferenceSession(file)
        said = session.run(None, {name: value.numpy() for name, value in fields.items()})
        return {out.name: torch.from_numpy(value) for out, value in zip(session.get_outputs(), said, strict=True)}
    if file.suffix == ".pt2":
        found: dict[str, Tensor] = torch.export.load(file).module()(*fields.values())
        return found
    pipeline = load(file)
    said = pipeline.predict(pipeline.definition.Input(**fields))
    return dict(said._asdict())


def same(one: Tensor, two: Tensor) -> bool:
    return one.dtype == two.dtype and one.shape == two.shape and torch.allclose(one.double(), two.double(), atol=1e-5)


@pytest.mark.parametrize("weights", ["ema", "raw"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_answers_as_the_checkpoint(
    export: Export, trained: Path, capsys: pytest.CaptureFixture[str], format: FormatName, weights: Any
) -> None:
    file = export(f"format={format}", f"weights={weights}")
    said = capsys.readouterr().out
    pipeline, other = load(trained, weights=weights), load(trained, weights="raw" if weights == "ema" else "ema")
    assert "samples of the test split, in batches of 1, 2, 7" in said
    for count in SIZES:
        given = example(pipeline.definition, count, seed=count).input
        found, right = predictions(file, given._asdict()), pipeline.predict(given)._asdict()
        assert set(found) == set(right)
        assert all(field in said and same(found[field], right[field]) for field in right)
    assert not all(same(found[field], value) for field, value in other.predict(given)._asdict().items())


def card_of(file: Path) -> str:
    return file.with_name(f"{file.name}.md").read_text()


@pytest.mark.parametrize("format", FORMATS)
def test_the_card_tells_what_the_run_was_and_its_code_runs(
    export: Export, trained: Path, monkeypatch: pytest.MonkeyPatch, format: FormatName
) -> None:
    file = export(f"format={format}")
    card = card_of(file)
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", card, re.DOTALL))
    assert yaml.safe_load(blocks["yaml"]) == yaml.safe_load((trained / ".hydra/config.yaml").read_text())
    (entry,) = yaml.safe_load((trained / "reproduce.yaml").read_text())
    definition = load(trained).definition
    metrics = json.loads((trained / "test/metrics.json").read_text())
    (tested,) = [row for row in rows(trained) if row["test/loss"]]
    told = [
        *definition.Input._fields, *definition.Prediction._fields, *definition.class_names(), entry["commit"],
        entry["time"],
        config_of()["dataset"]["_target_"], f"torch=={version('torch')}", f"{float(tested['test/loss']):.4f}",
        f"{metrics['samples']} samples",
    ]  # fmt: skip
    assert [words for words in told if words not in card] == []
    assert not re.search(r"\{\w*\}|None\b.*\|$", card.partition("The config:")[0])
    monkeypatch.chdir(file.parent)
    found: dict[str, Any] = {}
    exec(blocks["python"], found)
    zeros = definition.Input(*(torch.zeros_like(field) for field in example(definition, 1).input))
    for field, right in load(trained).predict(zeros)._asdict().items():
        said = found.get("prediction", found)
        value = said[field] if isinstance(said, dict) else getattr(said, field)
        assert same(torch.as_tensor(value), right)


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_differs_is_refused_and_the_one_before_stays(
    export: Export, trained: Path, monkeypatch: pytest.MonkeyPatch, format: FormatName
) -> None:
    form, whole = FORMATS[format], sorted(trained.rglob("*"))

    def spoiled(pipeline: Pipeline, path: Path) -> None:
        with torch.no_grad():
            next(pipeline.network.parameters()).add_(0.1)
        form.write(pipeline, path)

    before = [trained / "export" / f"model{form.suffix}", Path("kept", f"x{form.suffix}")]
    for file in before:
        file.parent.mkdir()
        file.write_text("an older one")
    monkeypatch.setitem(FORMATS, format, form._replace(write=spoiled))
    for words in ([], [f"output={before[1]}"]):
        with pytest.raises(SystemExit, match=r"does not predict as .* differ .* by ") as refused:
            export(f"format={format}", *words)
        assert "\n" not in str(refused.value.code)
    assert sorted(trained.rglob("*")) == sorted([*whole, before[0].parent, before[0]])
    assert [path for path in Path().rglob("*") if path.is_file() and "data" not in path.parts] == [before[1]]
    assert [path.read_text() for path in before] == ["an older one"] * 2
    assert not Path("logs").exists()
    assert export(f"format={format}", "tolerance=1000") == before[0]  # classes that tie so widely are no difference
    assert before[0].read_bytes() != b"an older one"


@pytest.mark.parametrize("format", ["onnx", "torch_export"])
def test_a_network_that_is_no_graph_is_refused(
    export: Export, trained: Path, monkeypatch: pytest.MonkeyPatch, format: FormatName
) -> None:
    network: Any = type(load(trained).network)
    forward = network.forward

    @functools.wraps(forward)
    def fixed(self: Any, **fields: Tensor) -> Tensor:  # knows the batch in which it was traced
        scores: Tensor = forward(self, **fields)
        return scores * 2 if len(scores) == export_formats.TRACED else scores

    @functools.wraps(forward)
    def drawn(self: Any, **fields: Tensor) -> Tensor:  # a graph has this as a constant
        scores: Tensor = forward(self, **fields)
        return scores * random.random()

    for changed, sentence in ((fixed, "cannot be traced for any batch size"), (drawn, "does not predict as")):
        monkeypatch.setattr(network, "forward", changed)
        with pytest.raises(SystemExit, match=sentence) as refused:
            export(f"format={format}")
        assert "\n" not in str(refused.value.code)
        assert not Path("logs").exists()


def test_safetensors_are_the_checkpoint_to_the_bit(export: Export, trained: Path) -> None:
    file = export("format=safetensors")
    one, two = load(trained), load(file)
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


def test_without_its_data_a_run_is_compared_on_random_samples(
    export: Export, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = Path("alone.ckpt")
    alone.write_bytes((trained / "checkpoints/last.ckpt").read_bytes())
    file = export(f"run={alone}", "format=torch_export", "samples=9")
    said = capsys.readouterr().out
    assert "compared on 9 random samples, for the test split cannot be read (There is no" in said
    assert "in batches of 1, 2, 7, 9" in said
    assert "random samples" in card_of(file)


def test_the_card_says_when_other_weights_were_tested(export: Export) -> None:
    for weights, sentence in (("ema", "with these weights"), ("raw", "which are not those of this file")):
        file = export("format=safetensors", f"weights={weights}")
        assert sentence in card_of(file)
        assert f", weights={weights}." in card_of(file)


def test_the_card_of_a_run_without_an_average_names_no_choice_of_weights(export: Export, trained: Path) -> None:
    without = Path("without")
    shutil.copytree(trained, without)
    for path in (without / "checkpoints").glob("*.ckpt"):
        content = torch.load(path, weights_only=True)
        del content["current_model_state"]
        torch.save(content, path)
    for weights in ("ema", "raw"):
        card = card_of(export(f"run={without}", "format=safetensors", f"weights={weights}"))
        assert "weights=" not in card.partition("The config:")[0]
        assert "with these weights" in card


def test_without_its_packages_onnx_is_one_sentence(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "my_project.engine.inference.export_formats.find_spec",
        lambda name: None if name == "onnxscript" else find(name),
    )
    with pytest.raises(SystemExit, match="format=onnx needs the package onnxscript: uv sync --group export"):
        export()


def test_mistakes_are_one_sentence(export: Export, trained: Path) -> None:
    mistakes = {
        "run=null": "run is missing",
        "run=nowhere": "There is no checkpoint nowhere",
        f"run={trained}/checkpoints/*.ckpt": "are 2 runs, expected one",
        "output=model.bin": "a file of format=onnx ends in .onnx",
        "format=onx": "format = 'onx': expected one of onnx, torch_export, safetensors",
        "samples=0": "samples = 0",
        "tolerence=1": "did you mean tolerance",
    }
    for word, sentence in mistakes.items():
        with pytest.raises(SystemExit) as refused:
            export(word)
        assert sentence in str(refused.value.code)
        assert "\n" not in str(refused.value.code)
    assert not Path("logs").exists()


class Total(nn.Module):
    def __init__(self, definition: Spelling) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.5))

    def forward(self, letters: Tensor, strokes: Tensor) -> Tensor:
        return self.weight * letters.float().sum(1) + strokes.sum((1, 2))


@pytest.mark.parametrize("format", ["onnx", "torch_export"])
def test_fields_may_differ_in_length(tmp_path: Path, format: FormatName) -> None:
    pipeline = Pipeline(Spelling(), Total, lambda _: nn.Identity(), lambda _: nn.Identity()).eval()
    path = tmp_path / f"x{FORMATS[format].suffix}"
    FORMATS[format].write(pipeline, path)
    for batch, length, time in ((1, 1, 1), (3, 20, 7), (8, 4, 9)):
        words = (torch.randint(9, (batch, length)), torch.randn(batch, time, 2), torch.ones(batch, dtype=torch.int64))
        fields = dict(zip(Spelling.Input._fields, words, strict=True))
        right = pipeline.predict(Spelling.Input(*words)).total
        assert same(FORMATS[format].read(path)(fields)["total"], right)


class Classes(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Interval(ge=0, lt="classes")]
    probability: Float[Tensor, "batch classes"]


def test_classes_may_differ_where_they_tie() -> None:
    definition: Any = SimpleNamespace(Prediction=Classes)
    probability = torch.tensor([[0.4, 0.4, 0.2], [0.5, 0.3, 0.2]])
    right = Classes(torch.tensor([0, 0]), probability)

    def apart(label: list[int], by: float = 0.0, dtype: torch.dtype = torch.int64) -> dict[str, float]:
        found = {"label": torch.tensor(label, dtype=dtype), "probability": probability + by}
        return differences(definition, right, found, 1e-4)

    assert apart([0, 0]) == {"label": 0, "probability": 0}
    assert apart([1, 0])["label"] == 0
    assert apart([2, 0])["label"] == 2
    assert apart([0, 1])["label"] == 1
    assert apart([0, 7])["label"] == 7
    assert apart([0, 0], 0.25)["probability"] == pytest.approx(0.25)
    assert not apart([0, 0], float("nan"))["probability"] <= 1e-4
    with pytest.raises(InputError, match="expected"):
        apart([0, 0], dtype=torch.int32)
