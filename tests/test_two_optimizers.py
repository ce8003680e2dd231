"""The page about two optimizers: its model trains, resumes exactly, and is refused where a pipeline is needed."""

import subprocess
from pathlib import Path

import pytest
from conftest import bake_into, run, run_forked
from documentation import run_code, write_files

Environment = dict[str, str]
REFUSED = "of the model GAN, which has training steps of its own and no pipeline"
EQUAL = """
import torch
states = [torch.load(f"{run}/checkpoints/last.ckpt")["state_dict"] for run in RUNS]
print("tensors", len(states[0]), "equal", all(torch.equal(states[0][name], states[1][name]) for name in states[1]))
"""


@pytest.mark.exhaustive
def test_the_gan_of_the_page(environment: Environment, tmp_path: Path) -> None:
    project = bake_into(tmp_path / "made")
    write_files(project)
    words = "train.py experiment=gan report=false"
    jobs = [(project, f"{words} trainer.max_epochs={epochs} name=epochs_{epochs}") for epochs in (2, 1)]
    said = run_forked(jobs, project, environment, tmp_path)
    assert all("test/loss" in text for text in said.values())
    (unbroken,), (resumed,) = ([*(project / "logs" / f"epochs_{epochs}").iterdir()] for epochs in (2, 1))
    assert (unbroken / "pictures" / "generated.png").is_file()
    header = (unbroken / "metrics.csv").read_text().partition("\n")[0].split(",")
    assert {"train/generator", "train/discriminator", "val/loss", "test/loss", "lr"} <= {*header}
    run(f"uv run python train.py resume={resumed} trainer.max_epochs=2", project, environment)
    runs = f"RUNS = {[str(unbroken), str(resumed)]}"
    assert "tensors 14 equal True" in run_code(runs + EQUAL, project, environment)
    assert "page: " in run(f"uv run python report.py run={unbroken}", project, environment)
    for script in ("evaluate.py", "export.py", "predict.py inputs=docs/report.png"):
        command = ["uv", "run", "python", *script.split(), f"run={unbroken}"]
        refused = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert refused.returncode == 1
        assert REFUSED in refused.stderr
        assert "Traceback" not in refused.stderr
