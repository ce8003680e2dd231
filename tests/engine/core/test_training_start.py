"""Shorter start and end of a training: what is imported before the first step, and the last collection."""

import json
from pathlib import Path

import pytest
from project import QUICK, ROOT, Train

from interpreter import LEAN, run

TOO_EARLY = ("scipy", "torchvision", "torch._dynamo", "sympy", "triton", "sklearn", "pandas", "wandb")
STOPPED = {  # at the first step, and before the first batch
    "train": "from my_project.engine.training.supervised import Supervised; Supervised.on_train_batch_end = stop",
    "evaluate": "from my_project.engine.inference import evaluate; evaluate.evaluations = stop",
}


@pytest.mark.parametrize("script", ["train", pytest.param("evaluate", marks=pytest.mark.slow)])
def test_first_step_imports_no_library_too_early(train: Train, tmp_path: Path, script: str) -> None:
    words = QUICK if script == "train" else [f"run={train(*QUICK)}"]
    code = f"""
import json, os, runpy
from my_project.engine.core import startup

def stop(*_, **__):
    print("\\n" + json.dumps([name for name in {TOO_EARLY!r} if name in sys.modules]), flush=True)
    os._exit(0)

def imported(plain=startup.import_lightning):
    plain()
    {STOPPED[script]}

startup.import_lightning = imported
sys.argv = {[f"{script}.py", *words]!r}
runpy.run_path({str(ROOT / f"{script}.py")!r}, run_name="__main__")
"""
    assert json.loads(run(code, tmp_path)[-1]) == []


STEPS = """
torch.manual_seed(0)
for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
    layer = torch.nn.Linear(4, 2)
    optimizer = kind(layer.parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(torch.ones(3, 4)).square().sum().backward()
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
    print(layer.weight.tolist())
try:
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.01, differentiable=True)
    layer(torch.ones(3, 4)).sum().backward()
    optimizer.step()
except RuntimeError as error:
    print(error)  # with gradients, a step may not write into parameters
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.slow
def test_optimizers_step_bit_equal_without_importing_dynamo() -> None:
    patched = run(f"{LEAN}startup.optimize_without_dynamo(){STEPS}")
    plain = run(f"import torch{STEPS}")
    assert (patched.pop(), plain.pop()) == ("False", "True")
    assert patched == plain
    assert "in-place operation" in patched[-1]


@pytest.mark.parametrize("loaded", [False, True])
def test_last_collection_is_left_out_unless_a_library_looks_at_it(loaded: bool) -> None:
    code = f"""
import atexit, gc
from my_project.engine.cli.command_line import launch
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # called after those that are registered later
sys.modules.update({{"triton": sys}} if {loaded} else {{}})
launch(lambda: None)
"""
    assert run(code) == [str(not loaded)]
