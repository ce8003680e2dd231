"""Lightning is imported without the heavy libraries that it imports itself: they come at their first use."""

import pytest

from interpreter import LEAN, run


@pytest.mark.slow
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
        "torchmetrics.functional.text.bert transformers.AutoModel transformers.AutoTokenizer",
        "torch.utils.flop_counter triton.runtime.jit.JITFunction",
    ]


@pytest.mark.slow
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
