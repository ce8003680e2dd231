"""Images and classes: what may be an input, what an ensemble is, and whether the figures are right."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from image_stand_ins import write_photos
from PIL import Image
from project import Train, run_script, run_train
from sklearn.metrics import classification_report

from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.classes import ClassPrediction, ClassTarget
from my_project.engine.inference.predictor import Predictor
from my_project.transformers.fit_image import FitImage

FACTS = ImageClassification(("cat", "dog", "eel"), channels=1, height=8, width=8)


@pytest.fixture
def run(trained_with: Train) -> Path:
    return trained_with()


def table(probability: Any, labels: list[int], definition: ImageClassification = FACTS) -> pl.DataFrame:
    given = torch.as_tensor(probability, dtype=torch.float32)
    return pl.DataFrame(
        definition.presentation().to_columns(ClassPrediction(given.argmax(1), given), ClassTarget(torch.tensor(labels)))
    )


def test_the_figures_are_those_of_scikit_learn() -> None:
    draws = torch.Generator().manual_seed(0)
    labels = torch.randint(3, (500,), generator=draws)
    logits = torch.randn(500, 3, generator=draws) + 1.5 * torch.nn.functional.one_hot(labels, 3)
    rows = table(logits.softmax(1), labels.tolist())
    found: Any = FACTS.presentation().summarize(rows)
    report = classification_report(rows["target"], rows["prediction"], output_dict=True)
    assert found["acc"] == pytest.approx(report["accuracy"]) == pytest.approx(rows["correct"].mean())
    for name in FACTS.classes:
        for ours, theirs in {"precision": "precision", "recall": "recall", "f1": "f1-score"}.items():
            assert found["classes"][name][ours] == pytest.approx(report[name][theirs])
    assert found["mean_of_classes"]["f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert np.sum(found["confusion_matrix"]) == 500


def test_the_figures_of_a_case_that_can_be_reckoned_by_hand() -> None:
    # Four are answered with 0.8, three of them right; one with 0.5, wrong.
    rows = table([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.3, 0.5, 0.2]], [0, 0, 1, 1, 0])
    found: Any = FACTS.presentation().summarize(rows)
    assert found["acc"] == pytest.approx(0.6)
    assert found["calibration_error"] == pytest.approx(4 / 5 * abs(3 / 4 - 0.8) + 1 / 5 * abs(0 - 0.5))
    assert found["confusion_matrix"] == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    # Pairs of a cat and another, by the probability of a cat: two cats at 0.8, one at 0.3; others at 0.1 and 0.8.
    assert found["classes"]["cat"]["roc_auc"] == pytest.approx((1 + 0.5 + 1 + 0.5 + 1 + 0) / 6)
    assert found["classes"]["eel"]["roc_auc"] is None


def test_votes_by_mean_and_by_majority() -> None:
    given = [[[0.9, 0.1, 0.0]], [[0.4, 0.6, 0.0]], [[0.4, 0.6, 0.0]]]
    predictions = [ClassPrediction(torch.tensor(p).argmax(1), torch.tensor(p)) for p in given]
    assert FACTS.presentation().ensemble(predictions, "mean").label.tolist() == [0]
    majority = FACTS.presentation().ensemble(predictions, "majority")
    assert majority.label.tolist() == [1]
    assert majority.probability[0].tolist() == pytest.approx([1 / 3, 2 / 3, 0])
    assert FACTS.presentation().ensemble(predictions[:2], "majority").label.tolist() == [0], (
        "the mean decides between equals"
    )
    (said,) = [row["prediction"].tolist() for row in [FACTS.presentation().to_columns(majority, top=2)]]
    assert said == ["dog"]


def test_arrays_pictures_paths_and_tensors_are_answered_alike(run: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    path = tmp_path / "x.png"
    Image.fromarray(pixels).save(path)
    turned = Image.fromarray(np.rot90(pixels))
    turned.getexif()[0x0112] = 6  # to be shown turned by 90 degrees, as it was
    backwards = pixels[::-1].copy()[::-1]
    kinds = [
        turned,
        backwards,
        pixels,
        pixels[..., None],
        Image.fromarray(pixels),
        path,
        str(path),
        torch.from_numpy(pixels[None]),
    ]
    prediction = Predictor.load(str(run))(kinds)
    assert (prediction.probability - prediction.probability[0]).abs().max() < 1e-6
    for wrong in (pixels.astype(np.float32), torch.zeros(8, 8, 3, dtype=torch.uint8), 7, None):
        with pytest.raises(InputError, match=r"An image is a path, .* a uint8 array"):
            Predictor.load(str(run))([wrong])


def test_images_of_every_kind_are_answered_or_named(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("odd")
    folder.mkdir()
    gray = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8))
    gray.convert("CMYK").save(folder / "cmyk.jpg")
    gray.resize((1, 1)).save(folder / "pixel.png")
    Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(30, 40) * 50).save(folder / "sixteen.png")
    gray.save(folder / "whole.jpg")
    (folder / "cut.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:300])
    Image.new("1", (20_000, 20_000)).save(folder / "vast.png")
    Image.new("L", (30_000, 1)).save(folder / "line.png")
    (folder / "text.png").write_text("no image")
    job = run_script("predict", f"run={run}", "inputs=odd", "num_workers=0", "batch_size=3")
    with (job / "predictions.csv").open(newline="") as file:
        said = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    assert sorted(said) == sorted(path.name for path in folder.iterdir())
    for name, row in said.items():
        if name in ("cut.jpg", "vast.png", "text.png"):
            assert f"odd/{name} cannot be read as an image" in row["error"]
        elif name == "line.png":
            assert "1 x 30000 pixels is too narrow" in row["error"]
        else:
            assert not row["error"]
            assert row["prediction"]


def test_a_file_that_breaks_the_definition_is_a_row(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for place in range(5):
        Image.fromarray(np.full((8 + place, 8), 7, dtype=np.uint8)).save(f"in/{place}.png")
    fit = FitImage.fit
    monkeypatch.setattr(FitImage, "fit", lambda self, image: image if image.shape[1] == 10 else fit(self, image))
    job = run_script("predict", f"run={run}", "inputs=in", "num_workers=0")
    with (job / "predictions.csv").open(newline="") as file:
        errors = [row["error"] for row in csv.DictReader(file)]
    assert [bool(error) for error in errors] == [False, False, True, False, False]
    assert "2.png: field 'image' of ImageInput is [1, 1, 10, 8]" in errors[2]


@pytest.mark.slow
def test_a_dataset_of_other_classes_is_refused(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_photos(Path("photos"))
    with pytest.raises(SystemExit, match="ImageFolder does not fit the trained network: it has the classes blue"):
        run_script("evaluate", f"run={run}", "dataset=image_folder", "dataset.root=photos")
    job = run_script("evaluate", f"run={run}", "dataset=digits", "data.limit_samples=30")
    assert pl.read_parquet(job / "predictions.parquet").height <= 30


@pytest.mark.slow
def test_samples_that_are_files_have_their_path_in_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_photos(Path("photos"))
    words = ("dataset=image_folder", "dataset.root=photos", "trainer.max_epochs=1", "trainer=cpu", "report=false")
    rows = pl.read_parquet(run_train(*words) / "test" / "predictions.parquet")
    assert all(Path(path).parent.name == target for path, target in zip(rows["path"], rows["target"], strict=True))
    assert rows["path"].n_unique() == len(rows)
