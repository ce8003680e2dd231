"""Shorter start and end of a process that trains, by private behaviour of torch, Lightning and torchmetrics."""

import builtins
import functools
import gc
import sys
from collections.abc import Callable
from pkgutil import resolve_name
from threading import Lock
from types import FunctionType, SimpleNamespace
from typing import Any

# Modules that import a library only because it is installed, by library. Most of their time is torch._dynamo's,
# which torchvision imports too.
IMPORTERS = {
    "scipy.signal": ("torchmetrics", "torchmetrics.audio", "torchmetrics.functional.audio"),
    "torch._dynamo": ("lightning_fabric.wrappers", "pytorch_lightning.utilities.compile"),
    "torchvision": ("torchmetrics.functional.image.arniqa",),
    "torchvision.models": ("torchmetrics.functional.image.arniqa", "torchmetrics.functional.image.dists"),
    "transformers": ("torchmetrics.functional.text.bert",),
    "triton.runtime.jit": ("torch.utils.flop_counter",),
}
LOCK = Lock()


class Deferred:
    """Stand-in for a module, class or function, which is imported at its first use."""

    hamming = None  # torchmetrics adds scipy.signal.hamming where it is missing

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # typing looks for some in an annotation
            raise AttributeError(name)
        return getattr(resolve_name(self._name), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return resolve_name(self._name)(*args, **kwargs)

    def __instancecheck__(self, instance: object) -> bool:
        # There are no instances before the module is loaded.
        return self._name.rpartition(".")[0] in sys.modules and isinstance(instance, resolve_name(self._name))


def import_lightning() -> None:
    """Import Lightning and torchmetrics, with stand-ins for what they import only because it is installed.

    All other modules, in other threads too, import the real ones, and no stand-in gets into `sys.modules`.
    """
    import torch
    from torch._compile import _disable_dynamo

    with LOCK:
        original = builtins.__import__
        disable: Callable[..., Any] = torch.compiler.disable

        def defer(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
            if name in sys.modules or (globals or {}).get("__name__") not in IMPORTERS.get(name, ()):
                return original(name, globals, locals, fromlist, level)
            names = {item: f"{name}.{item}" for item in fromlist} if fromlist else {name.partition(".")[2]: name}
            return SimpleNamespace(**{item: Deferred(full) for item, full in names.items()})

        def disable_later(fn: Any = None, recursive: Any = True, *, reason: Any = None) -> Any:
            if isinstance(fn, FunctionType):
                return _without_dynamo(_disable_dynamo(fn, recursive), fn)
            return disable(fn, recursive, reason=reason)

        builtins.__import__, torch.compiler.disable = defer, disable_later
        try:
            import pytorch_lightning  # noqa: F401
        finally:
            builtins.__import__, torch.compiler.disable = original, disable


def optimize_without_dynamo() -> None:
    """Keep torch's optimizers from importing torch._dynamo, in 1.6 s, until something else does: `torch.compile`."""
    from torch.optim import Optimizer

    for kind in (Optimizer, *Optimizer.__subclasses__()):
        for name, function in list(vars(kind).items()):
            decorator = function.__code__.co_qualname if isinstance(function, FunctionType) else ""
            if decorator == "_disable_dynamo.<locals>.inner":
                setattr(kind, name, _without_dynamo(function, vars(function)["__wrapped__"]))
            elif decorator == "_use_grad_for_differentiable.<locals>._use_grad":
                setattr(kind, name, _without_dynamo(function, _use_grad(vars(function)["__wrapped__"])))


def _without_dynamo(function: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    """Call `plain`, or `function`, which hides itself from torch._dynamo, once that is loaded."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (function if "torch._dynamo" in sys.modules else plain)(*args, **kwargs)

    return call


def _use_grad(step: Callable[..., Any]) -> Callable[..., Any]:
    import torch

    def plain(self: Any, *args: Any, **kwargs: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *args, **kwargs)

    return plain


def freeze_at_exit() -> None:
    """For `atexit`: exempt all objects from Python's last garbage collections, which take a second after a training.

    Not where onnx or triton is loaded: their binding, nanobind, reports objects that are left.
    """
    if not {"onnx", "triton"} & set(sys.modules):
        gc.freeze()
