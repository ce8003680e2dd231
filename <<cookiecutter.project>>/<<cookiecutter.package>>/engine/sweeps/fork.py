"""Jobs as forks of a process that has imported everything and computed nothing."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..core.errors import InputError

VISIBLE = "CUDA_VISIBLE_DEVICES"
STOPPING = (signal.SIGINT, signal.SIGTERM)


class InChild(BaseException):
    """Raised in a fork: this process is the job `number`, or its test once it has finished."""

    def __init__(self, number: int, test: bool) -> None:
        super().__init__(number)
        self.number, self.test = number, test


def fork(number: int, output: Path, threads: int, gpu: str | None = None, test: bool = False) -> int:
    """Start a job, or its test; returns its process, which leads a group of its own.

    The caller blocks `STOPPING` until it knows the process: the handler that the fork inherits would lose a signal.

    What it prints goes to the file `output`. Torch in the fork uses `threads` threads, and sees one `gpu`, or all; in
    this process it must not have computed anything yet.

    Raises:
        InChild: in the fork.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    output.parent.mkdir(parents=True, exist_ok=True)
    process = os.fork()
    if process:
        return process
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    if gpu is not None:
        os.environ[VISIBLE] = gpu
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
    raise InChild(number, test)


def compute(work: Callable[[], None]) -> int:
    """Run `work` in a fork of its own, as this process must compute nothing; returns its exit status."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if not process:
        status = 1
        try:
            os.setpgid(0, 0)  # Ctrl-C is for the driver
            work()
            status = 0
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def visible_gpus() -> list[str]:
    """GPUs that jobs can see, as in CUDA_VISIBLE_DEVICES; CUDA is not started, which no fork would survive."""
    if (named := os.environ.get(VISIBLE)) is not None:
        return [name for name in named.split(",") if name.strip()]
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    torch = sys.modules.get("torch")
    return [str(index) for index in range(torch.cuda.device_count())] if torch else []


def stop(process: int, number: int) -> None:
    """Send a signal to a job, which saves and ends."""
    with suppress(ProcessLookupError):
        os.kill(process, number)
