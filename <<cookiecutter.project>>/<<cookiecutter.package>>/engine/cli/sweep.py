"""Sweeps on the command line: `train.py -m …` makes one or goes on with it; its jobs run from a copy of the code."""

import json
import os
import secrets
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from ..core.compat import parse_arguments
from ..core.errors import InputError
from ..core.run_lock import hold, is_held, release
from ..core.slurm import job_id, requeue
from ..sweeps.driver import Driver, Options
from ..sweeps.fork import InChild
from ..sweeps.freeze import freeze
from ..sweeps.plan import CODE, ENDED, Plan, differing, job_folder, read_plan, state_of, write_plan
from ..sweeps.seal import is_sealed, seal
from .command_line import compose_job, config_folder, resolved
from .jobs import first_job, grid, parse
from .sweep_job import Main, run_job
from .sweep_table import rows_of

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
        first = compose_job("train", first_job(arguments.overrides))
        jobs: list[list[str]] = []
        notes: list[dict[str, str]] = []
        for row in rows_of(arguments.overrides):
            own = list(grid(_own([*arguments.overrides, *row.words])))
            jobs, notes = [*jobs, *own], [*notes, *[row.notes] * len(own)]
    config = resolved(first)
    options = config["sweep"]
    common = [] if "pictures" not in config["callback"] else ["~callback.pictures"]
    if any(word.startswith("callback=") for word in differing(jobs)):
        common = []
    plan = Plan(
        _own(arguments.overrides),
        [[*job, *common] for job in jobs],
        config["monitor"]["metric"],
        config["monitor"]["mode"],
        config["test"],
        sorted(set(_modules(config))),
        notes,
    )
    if options["dry_run"]:
        print("\n".join(shlex.join(["python", "train.py", *job]) for job in jobs))
        sys.exit()
    sweep = _folder(plan, options["resume"], Path("logs", config["name"]), options["retry"], options["trust"])
    given = Options(options["jobs"], options["retry"], options["timeout"])
    sys.stdout.flush()
    os.execv(
        sys.executable,
        [sys.executable, str(sweep / CODE / "train.py"), f"{DRIVE}{sweep}", json.dumps(asdict(given))],
    )


def _modules(node: object) -> Iterator[str]:
    """Modules of the classes in a config."""
    if isinstance(node, Mapping):
        if isinstance(target := node.get("_target_"), str):
            yield target.rpartition(".")[0]
        for each in node.values():
            yield from _modules(each)


def _own(words: Sequence[str]) -> list[str]:
    """Words without the options of the sweep itself."""
    return [word for word in words if not word.lstrip("+").startswith("sweep.")]


def _folder(plan: Plan, resume: str | None, logs: Path, retry: int, trust: bool) -> Path:
    """Folder of the sweep to go on with, or of a new one.

    Raises:
        InputError: the code of the sweep that is chosen is not this user's, without `trust`.
    """
    if resume not in (None, "auto"):
        sweep = Path(resume).resolve()
        if (found := read_plan(sweep).words) != plan.words and plan.words:
            raise InputError(
                f"sweep.resume={resume} is a sweep of other words ({' '.join(found)}): give these, or none, or start a "
                "new one without sweep.resume."
            )
        if not (trust or is_sealed(sweep)):
            raise InputError(
                f"The code in {sweep / CODE} or the words of the sweep were not written here, or were changed: "
                "sweep.trust=true runs them."
            )
        print(f"goes on with the sweep in {sweep}, with the code of its start")
        return _without_bytecode(sweep)
    if resume == "auto" and (unfinished := _unfinished(plan, logs, retry)):
        print(f"goes on with the sweep in {unfinished}, with the code of its start (sweep.resume=null: a new one)")
        return _without_bytecode(unfinished)
    sweep = (logs / f"{datetime.now():%Y-%m-%d_%H-%M-%S}-{secrets.token_hex(3)}").resolve()
    freeze(sweep / CODE)
    write_plan(sweep, plan)
    seal(sweep)
    print(f"a sweep of {len(plan.jobs)} job{'s' * (len(plan.jobs) > 1)} in {sweep}")
    return sweep


def _without_bytecode(sweep: Path) -> Path:
    """Remove the bytecode of the code, which its seal does not cover, and return the folder."""
    for path in list((sweep / CODE).rglob("__pycache__")):
        shutil.rmtree(path)
    return sweep


def _unfinished(plan: Plan, logs: Path, retry: int) -> Path | None:
    """Newest sweep of the same plan by this user that has jobs to run and no driver."""
    for path in sorted(logs.glob("*/sweep.json"), reverse=True):
        sweep = path.parent.resolve()
        with suppress(InputError):  # a damaged one is no hindrance
            found = read_plan(sweep)
            if (found.words, found.jobs) != (plan.words, plan.jobs) or is_held(sweep) or not is_sealed(sweep):
                continue
            states = [state_of(job_folder(sweep, number)) for number in range(len(plan.jobs))]
            if any(state not in (ENDED if not retry else ENDED[:1]) for state in states):
                return sweep
    return None


def drive(words: Sequence[str], main: Main, preload: Callable[[Sequence[str]], None]) -> int:
    """Run a sweep in this process, whose code is its copy; returns the exit status.

    Raises:
        InputError: another process drives it, or a job was refused (in the process of the job).
    """
    sweep, options = Path(words[0].removeprefix(DRIVE)), Options(**json.loads(words[1]))
    plan = read_plan(sweep)
    hold(sweep)
    preload(plan.modules)
    try:
        stopped = Driver(sweep, plan, options).run()
    except InChild as child:
        release(sweep)
        run_job(job_folder(sweep, child.number), plan, child, main)
        return 0
    if stopped == signal.SIGUSR1 and (job := job_id()):
        requeue(job)
    from .sweep_end import end  # imported here: it draws

    return end(sweep, plan, stopped)
