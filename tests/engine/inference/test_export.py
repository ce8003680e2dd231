"""An exported file answers as its checkpoint does, or there is none."""

import functools
import importlib.util
import random
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from exports import Export, card_of, same
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.definitions.example import example
from my_project.engine.inference import export_formats
from my_project.engine.inference.export_formats import FORMATS, FormatName
from my_project.engine.models.pipeline import Pipeline
from spelling import Spelling

SIZES = (1, 2, 7, 64, 100)


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


@pytest.mark.parametrize("weights", ["ema", pytest.param("raw", marks=pytest.mark.slow)])
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_answers_as_the_checkpoint(
    export: Export, averaged: Path, capsys: pytest.CaptureFixture[str], format: FormatName, weights: Any
) -> None:
    file = export(f"format={format}", f"weights={weights}")
    said = capsys.readouterr().out
    pipeline, other = load(averaged, weights=weights), load(averaged, weights="raw" if weights == "ema" else "ema")
    assert "samples of the test split, in batches of 1, 2, 7" in said
    for count in SIZES:
        given = example(pipeline.definition, count, seed=count).input
        found, right = predictions(file, given._asdict()), pipeline.predict(given)._asdict()
        assert set(found) == set(right)
        assert all(field in said and same(found[field], right[field]) for field in right)
    assert not all(same(found[field], value) for field, value in other.predict(given)._asdict().items())


@pytest.mark.slow
@pytest.mark.parametrize("format", ["torch_export", pytest.param("onnx", marks=pytest.mark.slow)])
def test_a_file_that_differs_is_refused_and_the_one_before_stays(
    export: Export, averaged: Path, monkeypatch: pytest.MonkeyPatch, format: FormatName
) -> None:
    form, whole = FORMATS[format], sorted(averaged.rglob("*"))

    def spoiled(pipeline: Pipeline, path: Path) -> None:
        with torch.no_grad():
            next(pipeline.network.parameters()).add_(0.1)
        form.write(pipeline, path)

    before = [averaged / "export" / f"model{form.suffix}", Path("kept", f"x{form.suffix}")]
    for file in before:
        file.parent.mkdir()
        file.write_text("an older one")
    monkeypatch.setitem(FORMATS, format, form._replace(write=spoiled))
    for words in ([], [f"output={before[1]}"]):
        with pytest.raises(SystemExit, match=r"does not predict as .* differ .* by ") as refused:
            export(f"format={format}", *words)
        assert "\n" not in str(refused.value.code)
    assert sorted(averaged.rglob("*")) == sorted([*whole, before[0].parent, before[0]])
    assert [path for path in Path().rglob("*") if path.is_file() and "data" not in path.parts] == [before[1]]
    assert [path.read_text() for path in before] == ["an older one"] * 2
    assert not Path("logs").exists()
    assert export(f"format={format}", "tolerance=1000") == before[0]  # classes that tie so widely are no difference
    assert before[0].read_bytes() != b"an older one"


@pytest.mark.parametrize("format", [pytest.param("onnx", marks=pytest.mark.slow), "torch_export"])
def test_a_network_that_is_no_graph_is_refused(
    export: Export, averaged: Path, monkeypatch: pytest.MonkeyPatch, format: FormatName
) -> None:
    network: Any = type(load(averaged).network)
    forward = network.forward

    @functools.wraps(forward)
    def fixed(self: Any, **fields: Tensor) -> Tensor:  # knows the batch in which it was traced
        scores: Tensor = forward(self, **fields)
        return scores * 2 if len(scores) == export_formats.TRACED else scores

    @functools.wraps(forward)
    def drawn(self: Any, **fields: Tensor) -> Tensor:  # a graph has this as a constant
        scores: Tensor = forward(self, **fields)
        return scores * random.random()

    for changed, sentence in (
        (fixed, "cannot (be traced|become ONNX) for any batch size"),
        (drawn, "does not predict as"),
    ):
        monkeypatch.setattr(network, "forward", changed)
        with pytest.raises(SystemExit, match=sentence) as refused:
            export(f"format={format}")
        assert "\n" not in str(refused.value.code)
        assert not Path("logs").exists()


def test_without_its_data_a_run_is_compared_on_random_samples(
    export: Export, averaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = Path("alone.ckpt")
    alone.write_bytes((averaged / "checkpoints/last.ckpt").read_bytes())
    file = export(f"run={alone}", "format=torch_export", "samples=9")
    said = capsys.readouterr().out
    assert "compared on 9 random samples, for the test split cannot be read (There is no" in said
    assert "in batches of 1, 2, 7, 9" in said
    assert "random samples" in card_of(file)


def test_without_its_packages_onnx_is_one_sentence(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "my_project.engine.inference.export_formats.find_spec",
        lambda name: None if name == "onnxscript" else find(name),
    )
    with pytest.raises(SystemExit, match="format=onnx needs the package onnxscript: uv sync --group export"):
        export()


def test_mistakes_are_one_sentence(export: Export, averaged: Path) -> None:
    mistakes = {
        "run=null": "run is missing",
        "run=nowhere": "nowhere does not exist",
        f"run={averaged}/checkpoints/*.ckpt": "are 2 runs, expected one",
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
