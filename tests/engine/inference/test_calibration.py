"""calibrate.py finds the temperature of scores, and sets that hold the class as often as asked."""

import csv
from pathlib import Path

import pytest
import torch
from PIL import Image
from project import Train, run_script
from torch import Tensor

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.inference import calibration
from my_project.engine.inference.calibration import fit_temperature, least_probability

COUNT, CLASSES = 40_000, 10


def drawn(temperature: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Scores that are `temperature` times too large, and labels drawn from the probabilities of the right ones."""
    draws = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(COUNT, CLASSES, generator=draws, dtype=torch.float64)
    label = torch.multinomial(logits.softmax(1), 1, generator=draws).squeeze(1)
    return temperature * logits, label


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_of_scores_is_found(temperature: float) -> None:
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.03)


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.99])
def test_sets_hold_the_class_as_often_as_asked(coverage: float) -> None:
    (logits, known), (new, label) = drawn(1.0), drawn(1.0, seed=1)
    least = least_probability(logits[:4000].softmax(1), known[:4000], coverage)
    sets = new.softmax(1) >= least
    assert sets.gather(1, label[:, None]).double().mean().item() == pytest.approx(coverage, abs=0.02)
    assert sets.sum(1).double().mean() < CLASSES


def test_too_few_samples_for_a_coverage_give_sets_of_all_classes() -> None:
    logits, label = drawn(1.0)
    assert least_probability(logits[:5].softmax(1), label[:5], 0.9) == 0.0


def test_a_calibrated_file_predicts_the_same_classes_with_sets(
    trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = trained_with()
    run_script("calibrate", f"run={run}", "output=few.safetensors")
    assert "sets: none, for they take 2,000 validation samples" in capsys.readouterr().out
    assert load("few.safetensors").postprocess.least is None
    monkeypatch.setattr(calibration, "FEWEST", 5)
    run_script("calibrate", f"run={run}", "output=all.safetensors", "coverage=0.8")
    said = capsys.readouterr().out
    assert "sets: classes of at least " in said
    before, after = (float(word) for word in said.partition("validation samples ")[2].partition(")")[0].split(" -> "))
    assert after <= before
    made, plain = (load(file) for file in ("all.safetensors", run))
    assert made.postprocess.temperature == load("few.safetensors").postprocess.temperature
    for name, value in plain.network.state_dict().items():
        assert torch.equal(value, made.network.state_dict()[name])
    for number in range(4):
        Image.new("L", (8, 8), 60 * number).save(f"{number}.png")
    tables = []
    for source in (run, "all.safetensors"):
        run_script("predict", f"run={source}", "inputs=*.png", "output=out.csv", "top=10")
        with Path("out.csv").open(newline="") as file:
            tables.append(list(csv.DictReader(file)))
    assert "set" not in tables[0][0]
    for one, other in zip(*tables, strict=True):
        assert one["prediction"] == other["prediction"]
        chosen = other["set"].split("|") if other["set"] else []
        names = [other[f"prediction{end}"] for end in ("", "_2", "_3", "_4", "_5", "_6", "_7", "_8", "_9", "_10")]
        shares = [float(other[f"probability{end}"]) for end in ("", *(f"_{rank}" for rank in range(2, 11)))]
        least = made.postprocess.least
        assert isinstance(least, float)
        assert sorted(chosen) == sorted(name for name, share in zip(names, shares, strict=True) if share >= least)


def test_a_run_without_classes_is_refused(trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained_with()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(calibration, "Classes", int)
    with pytest.raises(SystemExit, match="ImageClassification has no classes, whose probabilities are calibrated"):
        run_script("calibrate", f"run={run}")
