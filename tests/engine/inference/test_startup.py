"""Predicting starts quickly: it imports none of what only training and pages need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT, Train

from input_files import write_inputs

TOO_EARLY = (
    "pytorch_lightning", "lightning_fabric", "torchmetrics", "torchvision", "wandb", "sklearn", "matplotlib",
    "tensorboard", "torch._dynamo", "scipy",
)  # fmt: skip
IMPORT = "from my_project.engine.inference.predictor import Predictor"


def imported(code: str, folder: Path) -> set[str]:
    """Modules of TOO_EARLY that a process has imported after some code."""
    said = f"{code}\nimport json, sys; print(json.dumps([name for name in {TOO_EARLY!r} if name in sys.modules]))"
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{said}"
    answer = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout.splitlines()[-1]))


def test_importing_the_predictor_imports_torch_alone(tmp_path: Path) -> None:
    assert imported(IMPORT, tmp_path) == set()


@pytest.mark.parametrize("verb", [pytest.param("Predictor", marks=pytest.mark.slow), "predict.py"])
def test_predicting_imports_torch_alone(trained_with: Train, tmp_path: Path, verb: str) -> None:
    run = trained_with()
    files = [str(path) for path in write_inputs(tmp_path / "inputs", 2)]
    if verb == "Predictor":
        code = f"{IMPORT}\nPredictor.load({str(run)!r})({files!r})"
    else:
        words = ["predict.py", f"run={run}", f"inputs={tmp_path / 'inputs'}"]
        code = f"import runpy; sys.argv = {words!r}; runpy.run_path({str(ROOT / 'predict.py')!r}, run_name='__main__')"
    assert imported(code, tmp_path) == set()
