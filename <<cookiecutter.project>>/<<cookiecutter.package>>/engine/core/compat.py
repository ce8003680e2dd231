"""Private API of Hydra and torch, and differences between the versions that `pyproject.toml` allows."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import hydra.utils
import omegaconf
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

if TYPE_CHECKING:
    from pytorch_lightning import Trainer
    from torch import Generator, Tensor
    from torchmetrics import Metric

VERSION_BASE: dict[str, str] = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
"""For `hydra.main` and `initialize_config_dir`: Hydra 1.3 warns without it, 1.4 warns of it."""

BASIC_SWEEPER = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"  # without a public name
BASIC_LAUNCHER = "hydra._internal.core_plugins.basic_launcher.BasicLauncher"
APPLY = "_apply_overrides_to_config"
GET_MODE = "get_mode"
FULL_KEY = "full_key: "


def parse_arguments(words: Sequence[str]) -> Any:
    """Parse the options and overrides of a command line, with Hydra's private parser so that both agree."""
    return get_args_parser().parse_args(list(words))


def register_resolver(name: str, resolver: Callable[..., Any]) -> None:
    """Register a resolver `${name:argument}` with cached values.

    OmegaConf 2.4 renames the function; in 2.3 its new name is an older function.
    """
    old = omegaconf.__version__.startswith("2.3.")
    register: Callable[..., None] = OmegaConf.register_new_resolver if old else OmegaConf.register_resolver
    register(name, resolver, use_cache=True, replace=True)


@contextmanager
def any_key() -> Iterator[None]:
    """Let `key=value` and `+key=value` set a key that may be missing in the YAML files, as `++key=value` does.

    The overrides are changed only where Hydra applies them to the config, so that its records (overrides.yaml,
    `override_dirname`) and the words of a sweep are those of the command line.
    """
    apply: Callable[[list[Override], Any], None] = getattr(ConfigLoaderImpl, APPLY)

    def force(overrides: list[Override], config: Any) -> None:
        apply([_forced(override) for override in overrides], config)

    setattr(ConfigLoaderImpl, APPLY, staticmethod(force))
    try:
        yield
    finally:
        setattr(ConfigLoaderImpl, APPLY, staticmethod(apply))


@contextmanager
def one_composition() -> Iterator[None]:
    """Let Hydra compose the config of a job once: it would do so first for `hydra.mode` alone, in 0.12 s.

    The check of the command line refuses configs with a `hydra.mode`: the mode is that of `-m`, for which None stands.
    """
    get_mode: Callable[..., Any] = getattr(Hydra, GET_MODE)
    setattr(Hydra, GET_MODE, lambda *_, **__: None)
    try:
        yield
    finally:
        setattr(Hydra, GET_MODE, get_mode)


def _forced(override: Override) -> Override:
    if override.is_hydra_override() or override.type not in (OverrideType.CHANGE, OverrideType.ADD):
        return override
    return replace(override, type=OverrideType.FORCE_ADD)


def execution_whitelist(targets: Sequence[str]) -> AbstractContextManager[Any]:
    """Restrict `instantiate` to these targets: exact names, or `package.*`.

    Hydra 1.3 has no such restriction, 1.4 warns without it, and 1.5 will require it.
    """
    policy: Callable[..., AbstractContextManager[Any]] = getattr(hydra.utils, "execution_whitelist", nullcontext)
    return policy(list(targets))


def failure_of(error: Exception) -> tuple[Exception, str]:
    """Error that a target raised in `instantiate`, and its path in the config, like `a.b`, or empty.

    Hydra 1.3 wraps the error with the key in its message, 1.4 adds the key as a note.
    """
    lines = [*str(error).splitlines(), *getattr(error, "__notes__", ())]
    key = next((line.removeprefix(FULL_KEY) for line in reversed(lines) if line.startswith(FULL_KEY)), "")
    cause = error.__cause__ if isinstance(error, InstantiationException) else None
    if isinstance(cause, ImportError) and isinstance(cause.__cause__, Exception):
        cause = cause.__cause__  # Hydra asks whether the module is importable, and hides the reason
    return (cause if isinstance(cause, Exception) else error), key


def standard_gamma(concentration: "Tensor", generator: "Generator") -> "Tensor":
    """Draw from Gamma(concentration, 1). `torch.distributions.Gamma` takes a generator from torch 2.15 on."""
    import torch  # imported here: a command line is checked without it

    return torch._standard_gamma(concentration, generator)


def mark_updated(metric: "Metric", updates: int) -> None:
    """Set the number of updates of a metric whose state is restored: without one, `compute` warns."""
    metric._update_count = updates


def logged_step_of_resume(trainer: "Trainer") -> int:
    """Step counter of the loggers for a checkpoint between two batches.

    Lightning counts the batch before it once more when it resumes from there, if that batch was followed by a
    validation, which it then skips.
    """
    loop = trainer.fit_loop.epoch_loop
    validated = trainer.fit_loop._data_fetcher is not None and loop._should_check_val_fx(trainer.fit_loop._data_fetcher)
    return loop._batches_that_stepped - int(validated)


def epoch_row(trainer: "Trainer") -> tuple[dict[str, float], int]:
    """Metrics and step of the row that Lightning logs at the end of an epoch, after all hooks of that end."""
    metrics = trainer._logger_connector.metrics["log"]
    values = {name: float(value) for name, value in metrics.items()}
    return {**values, "epoch": trainer.current_epoch}, trainer.fit_loop.epoch_loop._batches_that_stepped - 1


@contextmanager
def traced_loops() -> Iterator[None]:
    """Let `torch.export` keep LSTM and GRU as loops: it would repeat a step for each place of the traced example.

    torch.onnx does so by itself. Versions of torch that lack it trace them as they can.
    """
    name = "torch.export._patches"
    patches = import_module(name) if find_spec(name) else None
    with ExitStack() as stack:
        for layer in ("lstm", "gru"):
            if register := getattr(patches, f"register_{layer}_while_loop_decomposition", None):
                stack.enter_context(register())
        yield


def multiply(tensors: "list[Tensor]", factors: "Tensor | list[Tensor]") -> None:
    """Multiply tensors in place by one factor, or each by its own, in one call: a loop takes 2 µs a tensor."""
    import torch  # imported here: a command line is checked without it

    torch._foreach_mul_(tensors, factors)


def norms_of(tensors: "list[Tensor]") -> "Tensor":
    """Euclidean norm of each tensor, (tensors) float32, in one call."""
    import torch

    return torch.stack(torch._foreach_norm(tensors))


def end_workers(items: Iterator[Any]) -> None:
    """End the workers of a loader's iterator now.

    While torch (2.15) knows of a worker that has died, it raises an error wherever the program is.
    """
    for _ in range(2):  # the first call may meet that error
        with suppress(RuntimeError):
            items._shutdown_workers()  # type: ignore[attr-defined]
