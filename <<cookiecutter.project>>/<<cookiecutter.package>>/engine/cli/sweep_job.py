"""Job of a sweep, in its own process."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.compat import any_key, one_composition
from ..core.files import atomic_write
from ..core.job_record import RECORD, record_of
from ..core.paths import ROOT
from ..core.run_lock import hold
from ..core.schemas import PACKAGE
from ..core.stored_config import KEPT
from ..sweeps.fork import InChild
from ..sweeps.plan import ENDED, Plan, differing, job_words
from .resume import rewrite

OF_TRAINING = ("reproduce.yaml", RECORD)  # a test of the run changes neither
PICTURES = f"{PACKAGE}.engine.callbacks.pictures"  # of the default callbacks
PRUNING = {
    "_target_": f"{PACKAGE}.engine.callbacks.pruning.Pruning",
    "run": "${output_dir}",
    "metric": "${monitor.metric}",
}
Main = Callable[[], object]


def run_job(folder: Path, plan: Plan, child: InChild, main: Main) -> None:
    """Run a job, go on with it, or test it.

    Only who holds its lock looks at its record, so that no job runs twice.
    """
    hold(folder)
    if not child.test and record_of(folder).get("state") in ENDED:
        return
    if (folder / KEPT).is_file():
        words = [f"resume={folder}"]
    else:
        words = [*_for_jobs(plan, job_words(folder.parents[1], plan, child.number)), f"hydra.run.dir={folder}"]
    if child.test:
        words.append("test=best")
    sys.orig_argv = ["python", "train.py", *words]
    sys.argv = [str(ROOT / "train.py"), *rewrite(words)]
    kept = {name: (folder / name).read_text(encoding="utf-8") for name in OF_TRAINING} if child.test else {}
    with any_key(), one_composition():
        main()
    for name, text in kept.items():
        with atomic_write(folder / name) as path:
            path.write_text(text, encoding="utf-8")


def _for_jobs(plan: Plan, words: Sequence[str]) -> list[str]:
    """Words of a job: it makes no page, no pictures, and is tested only if all are; a search may end it."""
    words = ["report=false", *words, f"test={'all' if plan.test == 'all' else 'none'}"]
    callbacks = {word for word in differing(plan.jobs) if word.startswith("callback=")}
    if PICTURES in plan.modules and not callbacks and not (plan.search and "callback" in plan.search.space):
        words.append("~callback.pictures")
    if plan.search and plan.search.pruner != "none":
        words += [f"callback.pruning.{name}={value}" for name, value in PRUNING.items()]
    return words
