"""Sweeps on the command line: `train.py -m …` makes one or goes on with it; its jobs run from a copy of the code."""

import json
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from ..core.compat import parse_arguments
from ..core.errors import InputError
from ..core.plain import Config
from ..core.run_lock import hold, is_held, release
from ..core.slurm import job_id, requeue
from ..sweeps.cluster import OF_CLUSTER
from ..sweeps.fork import InChild
from ..sweeps.freeze import freeze
from ..sweeps.plan import CODE, Options, Plan, count_of, is_same, job_folder, read_plan, state_of, write_plan
from ..sweeps.seal import is_sealed, seal
from .command_line import compose_job, config_folder, resolved
from .jobs import first_job, parse
from .sweep_job import Main, run_job
from .sweep_plan import described, own_words, plan_of

DRIVE = "sweep.drive="  # word with which this module starts the copy of the code
OF_HYDRA = (
    "cfg", "info", "hydra_help", "shell_completion", "config_path", "config_name", "config_dir", "experimental_rerun",
)  # fmt: skip
"""Options with which Hydra runs a multirun itself."""


def start_sweep(words: Sequence[str]) -> None:
    """Make the sweep of a checked command line, or go on with that of the same words that has not ended.

    It does not return, unless the command line has an option or an override of Hydra's own (`--cfg job`,
    `hydra/sweeper=…`): Hydra takes it then.

    Raises:
        InputError: the folder of `sweep.resume` is no sweep, or one of other words.
    """
    arguments = parse_arguments(words)
    if any(getattr(arguments, option, None) for option in OF_HYDRA):
        return
    with config_folder(None):
        if any(override.is_hydra_override() for override in parse(arguments.overrides)):
            return
        config = resolved(compose_job("train", first_job(arguments.overrides)))
        options, trials = config["sweep"], config["search"]["trials"]
        resumed = options["resume"] not in (None, "auto") and not own_words(arguments.overrides)
        plan = read_plan(Path(options["resume"])) if resumed else plan_of(arguments.overrides, config)
    if options["dry_run"]:
        print("\n".join(described(plan)))
        sys.exit()
    cluster = config["launcher"] if config["launcher"]["cluster"] else None
    if cluster:
        check_cluster(cluster)
        if options["timeout"]:
            raise InputError(
                "sweep.timeout is for jobs of this machine: leave it out (SLURM has launcher.timeout_min)."
            )
    given = Options(options["jobs"], options["retry"], options["timeout"], trials, cluster, options["start_timeout"])
    sweep = _folder(plan, options["resume"], Path("logs", config["name"]), given, options["trust"])
    sys.stdout.flush()
    os.execv(
        sys.executable,
        [sys.executable, str(sweep / CODE / "train.py"), f"{DRIVE}{sweep}", json.dumps(asdict(given))],
    )


def _folder(plan: Plan, resume: str | None, logs: Path, options: Options, trust: bool) -> Path:
    """Folder of the sweep to go on with, or of a new one.

    Raises:
        InputError: the code of the sweep that is chosen is not this user's, without `trust`.
    """
    if resume not in (None, "auto"):
        sweep = Path(resume).resolve()
        if not is_same(found := read_plan(sweep), plan):
            raise InputError(
                f"sweep.resume={resume} is another sweep (its words: {' '.join(found.words)}): give no words, the same "
                "ones, or start a new one without sweep.resume."
            )
        if not (trust or is_sealed(sweep)):
            raise InputError(
                f"The code in {sweep / CODE} or the words of the sweep were not written here, or were changed: "
                "sweep.trust=true runs them."
            )
        print(f"goes on with the sweep in {sweep}, with the code of its start")
        return _without_bytecode(sweep)
    if resume == "auto" and (unfinished := _unfinished(plan, logs, options)):
        print(f"goes on with the sweep in {unfinished}, with the code of its start (sweep.resume=null: a new one)")
        return _without_bytecode(unfinished)
    sweep = (logs / f"{datetime.now():%Y-%m-%d_%H-%M-%S}-{secrets.token_hex(3)}").resolve()
    freeze(sweep / CODE)
    write_plan(sweep, plan)
    seal(sweep)
    count = count_of(plan)
    print(f"a {'search' if plan.search else 'sweep'} of {count} job{'s' * (count > 1)} in {sweep}")
    return sweep


def _without_bytecode(sweep: Path) -> Path:
    """Remove the bytecode of the code, which its seal does not cover, and return the folder."""
    for path in list((sweep / CODE).rglob("__pycache__")):
        shutil.rmtree(path)
    return sweep


def _unfinished(plan: Plan, logs: Path, options: Options) -> Path | None:
    """Newest sweep of the same plan by this user that has jobs to run and no driver."""
    for path in sorted(logs.glob("*/sweep.json"), reverse=True):
        sweep = path.parent.resolve()
        with suppress(InputError):  # a damaged one is no hindrance
            found = read_plan(sweep)
            if not is_same(found, plan) or is_held(sweep) or not is_sealed(sweep):
                continue
            over = ["finished", "pruned", *(["failed"] if not options.retry else [])]
            states = [state_of(job_folder(sweep, number)) for number in range(count_of(found, options.trials))]
            if any(state not in over for state in states):
                return sweep
    return None


def drive(words: Sequence[str], main: Main, preload: Callable[[Sequence[str]], None]) -> int:
    """Run a sweep in this process, whose code is its copy; returns the exit status.

    Raises:
        InputError: another process drives it, or a job was refused (in the process of the job).
    """
    from ..sweeps.driver import Driver  # imported here: it draws

    sweep, options = Path(words[0].removeprefix(DRIVE)), Options(**json.loads(words[1]))
    plan = read_plan(sweep)
    hold(sweep)
    if options.cluster is None:
        preload(plan.modules)
    try:
        driver = Driver(sweep, plan, options)
        stopped = driver.run()
    except InChild as child:
        release(sweep)
        run_job(job_folder(sweep, child.number), plan, child, main)
        return 0
    if stopped == signal.SIGUSR1 and (job := job_id()):
        requeue(job)
    from .sweep_end import end  # imported here: it draws

    return end(sweep, plan, driver.count, stopped)


def run_on_cluster(words: Sequence[str], main: Main, preload: Callable[[Sequence[str]], None]) -> int:
    """Run a job of a sweep that a cluster has started; returns the exit status.

    Raises:
        InputError: another process runs it, or it was refused.
    """
    sweep = Path(words[0].removeprefix(OF_CLUSTER))
    plan = read_plan(sweep)
    preload(plan.modules)
    run_job(job_folder(sweep, int(words[1])), plan, InChild(int(words[1]), words[2] == "1"), main)
    return 0


def check_cluster(options: Config) -> None:
    """Refuse a cluster that this machine cannot reach.

    Raises:
        InputError: Ray, submitit or SLURM is missing.
    """
    if options["cluster"] == "ray":
        if find_spec("ray") is None:
            raise InputError("launcher=ray needs the package ray: uv sync --group ray.")
        return
    if find_spec("submitit") is None:
        raise InputError("launcher=slurm needs submitit: uv sync --group slurm.")
    if options["cluster"] == "slurm" and not shutil.which("sbatch"):
        raise InputError("launcher=slurm needs sbatch, which is not here: start it where jobs are submitted.")
