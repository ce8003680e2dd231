"""Shorter start and end of a training: heavy libraries are imported at their first use, and everything works."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from project import QUICK, ROOT, Train

TOO_EARLY = ("scipy", "torchvision", "torch._dynamo", "sympy", "triton", "sklearn", "pandas", "wandb")
LEAN = "import torch\nfrom my_project.engine.core import startup\nstartup.import_lightning()\n"
STOPPED = {  # at the first step, and before the first batch
    "train": "from my_project.engine.training.supervised import Supervised; Supervised.on_train_batch_end = stop",
    "evaluate": "from my_project.engine.inference import evaluate; evaluate.evaluations = stop",
}


def run(code: str, folder: Path = ROOT) -> list[str]:
    """Lines that a fresh interpreter prints."""
    command = [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


@pytest.mark.parametrize("script", STOPPED)
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


def test_stand_ins_are_in_their_modules_alone() -> None:
    """What they become is what the module would have imported; afterwards, everybody imports the real libraries."""
    code = """
import builtins, types
from pkgutil import resolve_name
assert not any(isinstance(module, (startup.Deferred, types.SimpleNamespace)) for module in sys.modules.values())
assert isinstance(builtins.__import__, types.BuiltinFunctionType)
assert torch.compiler.disable.__module__ == "torch.compiler"
names = []
for name, importers in startup.IMPORTERS.items():
    assert name not in sys.modules
    for importer in importers:
        stand_ins = [value for value in vars(sys.modules[importer]).values() if type(value) is startup.Deferred]
        print(importer, *(value._name for value in stand_ins))
        names += [value._name for value in stand_ins]
assert all(map(resolve_name, names))
import scipy.signal, torchvision.models
assert isinstance(torchvision.models.vgg16, types.FunctionType)
"""
    assert run(LEAN + code) == [
        "torchmetrics",
        "torchmetrics.audio",
        "torchmetrics.functional.audio",
        "lightning_fabric.wrappers torch._dynamo.OptimizedModule",
        "pytorch_lightning.utilities.compile torch._dynamo.OptimizedModule",
        "torchmetrics.functional.image.arniqa torchvision.transforms torchvision.models.resnet50",
        "torchmetrics.functional.image.arniqa torchvision.transforms torchvision.models.resnet50",
        "torchmetrics.functional.image.dists torchvision.models.VGG16_Weights torchvision.models.vgg16",
        "torch.utils.flop_counter triton.runtime.jit.JITFunction",
    ]


def test_metrics_plots_and_compile_work_with_stand_ins() -> None:
    code = """
import pytorch_lightning
from pytorch_lightning.utilities.compile import _maybe_unwrap_optimized, from_compiled, to_uncompiled
model = pytorch_lightning.LightningModule()
assert _maybe_unwrap_optimized(model) is model
assert "torch._dynamo" not in sys.modules

from torchmetrics.classification import MulticlassConfusionMatrix
metric = MulticlassConfusionMatrix(3)
metric.update(torch.tensor([0, 1, 2]), torch.tensor([0, 1, 1]))
assert len(metric.plot()[0].axes) == 1

from torchmetrics.audio import PermutationInvariantTraining
from torchmetrics.functional.audio import scale_invariant_signal_noise_ratio
speech = torch.randn(2, 4, 100)
assert PermutationInvariantTraining(scale_invariant_signal_noise_ratio)(speech, speech.flip(1)) > 20

from torch.utils.flop_counter import FlopCounterMode
with FlopCounterMode(display=False) as counter:
    torch.ones(2, 3) @ torch.ones(3, 4)
assert counter.get_total_flops() == 48

assert to_uncompiled(from_compiled(torch.compile(model))) is model
startup.optimize_without_dynamo()
weights = []
for compiled in (False, True):
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([weight], lr=0.1)

    def step(x):
        optimizer.zero_grad()
        (weight * x).sum().backward()
        optimizer.step()

    for _ in range(3):
        (torch.compile(step, backend="eager") if compiled else step)(torch.ones(2))
    weights.append(weight.detach())
torch.testing.assert_close(*weights)

from importlib import import_module
arniqa, dists = (import_module(f"torchmetrics.functional.image.{name}") for name in ("arniqa", "dists"))
assert dists.vgg16(weights=None).features and arniqa.resnet50(weights=None).fc
assert dists.VGG16_Weights.IMAGENET1K_V1.url
assert arniqa.transforms.Normalize(0.5, 0.5)(torch.ones(1, 1, 1)) == 1
"""
    run(LEAN + code)


@pytest.mark.slow
def test_other_threads_get_the_real_libraries() -> None:
    code = """
import builtins, threading, types
from my_project.engine.core import startup

def other():
    while builtins.__import__ is plain:
        pass
    import torchvision.models, scipy.signal
    found.extend([torchvision.models.vgg16, scipy.signal.fftconvolve])

plain, found = builtins.__import__, []
thread = threading.Thread(target=other)
thread.start()
startup.import_lightning()
thread.join()
assert [type(function) for function in found] == [types.FunctionType] * 2
"""
    run(code)


@pytest.mark.slow
def test_torchmetrics_imported_before_keeps_the_real_libraries() -> None:
    code = """
import torchmetrics
from my_project.engine.core import startup
startup.import_lightning()
assert type(sys.modules["torchmetrics.functional.image.dists"].vgg16) is type(lambda: None)
assert type(torchmetrics.scipy) is type(sys)
"""
    run(code)


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
