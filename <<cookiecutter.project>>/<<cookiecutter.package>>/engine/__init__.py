"""Engine of the project: training, data, checkpoints and reports; comes with the template and is updated by it."""

import sys
from importlib.util import find_spec
from pathlib import Path

script = Path(sys.argv[0]).resolve()
if find_spec("omegaconf") is None and script.suffix == ".py" and script.parent == Path(__file__).resolve().parents[2]:
    sys.exit(
        f"error: the packages of this project are not installed here: run `uv run {script.name}`, or `uv sync` first."
    )
