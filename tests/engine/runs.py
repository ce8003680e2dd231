"""Folders of trained runs: copies for tests that write into them, and what they contain."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from project import checkpoint


def copies(runs: Sequence[Path], folder: Path) -> list[Path]:
    """Copy runs to logs/default/ of a folder."""
    return [Path(shutil.copytree(run, folder / "logs" / "default" / run.name)).resolve() for run in runs]


def dataset_of(run: Path) -> str:
    """Name of the config of a run's dataset."""
    saved: Any = yaml.safe_load((run / ".hydra" / "hydra.yaml").read_text())
    return str(saved["hydra"]["runtime"]["choices"]["dataset"])


def names(folder: Path) -> list[str]:
    """Names of what lies in a folder, without the tables and charts of an evaluation."""
    usual = (".png", ".parquet", "worst.csv")
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(usual))


def best_of(folder: Path) -> tuple[float, str]:
    """Best score of a run, and the path of its checkpoint."""
    (best,) = [state for name, state in checkpoint(folder)["callbacks"].items() if "'monitor': 'val" in name]
    return float(best["best_model_score"]), best["best_model_path"]
