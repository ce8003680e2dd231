"""A run of two processes of which one fails ends at once, with the cause."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from project import QUICK

from my_project.engine.core.job_record import record_of

pytestmark = pytest.mark.slow  # each run starts two processes

NETWORK = '''"""Network that fails in one of two processes."""

import os
import time
from pathlib import Path

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification
from .mlp import MLP


class Failing(nn.Module):
    """Fails in process `rank` at the sixth batch."""

    def __init__(self, definition: ImageClassification, rank: int, how: str) -> None:
        super().__init__()
        self.body, self.rank, self.how, self.calls = MLP(definition), rank, how, 0

    def forward(self, image: Tensor) -> Tensor:
        self.calls += self.training
        if self.calls > 5 and os.environ.get("LOCAL_RANK", "0") == str(self.rank):
            Path("failed").write_text(str(time.time()))
            if self.how == "kill":
                os.kill(os.getpid(), 9)
            raise ValueError("five batches are enough")
        return self.body(image)
'''


@pytest.fixture
def project(copied_project: Path) -> Path:
    """A project with the network."""
    config = "# network=failing: Fails.\n_target_: my_project.models.failing.Failing\n_partial_: true\n"
    config += "rank: 1\nhow: raise\n"
    (copied_project / "my_project" / "models" / "failing.py").write_text(NETWORK)
    (copied_project / "configs" / "network" / "failing.yaml").write_text(config)
    return copied_project


@pytest.mark.parametrize(
    ("rank", "how", "error"),
    [
        (1, "raise", "process 1 failed: ValueError: five batches are enough"),
        (1, "kill", "another process has died without a word, see .*train_ddp_process_1.log"),
        (0, "raise", "ValueError: five batches are enough"),
        (0, "kill", None),
    ],
)
def test_all_end_within_ten_seconds_with_the_cause(
    project: Path, tmp_path: Path, rank: int, how: str, error: str | None
) -> None:
    own = ("trainer=ddp_cpu", "data.batch_size=8", "network=failing", f"network.rank={rank}", f"network.how={how}")
    words = {word.partition("=")[0]: word for word in (*QUICK, *own)}.values()
    said = tmp_path / "said.txt"
    with said.open("w") as file:
        done = subprocess.run(
            [sys.executable, str(project / "train.py"), *words], cwd=tmp_path, stdout=file, stderr=file, timeout=120
        )
    assert done.returncode == (-9 if (rank, how) == (0, "kill") else 1)
    for _ in range(100):
        if not processes_of(project):
            break
        time.sleep(0.1)
    assert time.time() - float((tmp_path / "failed").read_text()) < 10
    assert not processes_of(project)
    (run,) = tmp_path.glob("logs/default/*")
    if error is None:
        assert record_of(run) == {}
        return
    assert re.fullmatch(error, record_of(run)["error"])
    if rank == 1:
        assert re.search(f"The run failed: {error}", said.read_text())
    assert json.loads((run / "job.json").read_text())["state"] == "failed"


def processes_of(project: Path) -> list[int]:
    """Processes whose command line names the project."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(project / "train.py").encode() in words and int(path.parent.name) != os.getpid():
            found.append(int(path.parent.name))
    return found
