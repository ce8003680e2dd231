"""Driver of a sweep: starts what has not ended, and waits."""

import signal
import time
from pathlib import Path
from types import FrameType

from ..core.errors import InputError
from ..core.job_record import RECORD, write_record
from ..core.slurm import job_id
from .display import Display
from .fork import STOPPING, InChild, compute
from .plan import ENDED, Options, Plan, State, count_of, job_folder, proposals, state_of
from .pool import Launcher, Pool, Running
from .results import best_of, results_of, write_results

OUTPUT = "output.txt"  # in the folder of a job: what it printed
DEATHS = 3  # a job that was killed so often, or crashed, has failed
POLL = 0.05  # seconds
WORKERS_END = 10.0  # seconds, at most


class Driver:
    """Run the jobs of a sweep in forks of this process, which must have computed nothing.

    The folders are the only memory: after a crash another driver goes on with the same folder. A job that another
    process runs (its lock is held) is waited for.
    """

    def __init__(self, sweep: Path, plan: Plan, options: Options) -> None:
        self.sweep, self.plan, self.options = sweep, plan, options
        self.jobs = launcher(sweep, options)
        self.count = self.known = count_of(plan, options.trials)  # jobs, and those whose words are known
        if plan.search:
            self.known = len(proposals(sweep, plan.search))
            self.count = max(self.count, self.known)
        self.over: set[int] = set()  # jobs that have ended, or that somebody else has stopped
        self.deaths, self.failures = [0] * self.count, [0] * self.count
        self.signals: list[int] = []
        self.display = Display(sweep, plan, self.count, options.jobs)

    def run(self) -> int | None:
        """Run what has not ended, then test the best; returns the signal that has stopped it.

        Raises:
            InChild: in the process of each job.
            InputError: a search has failed.
        """
        warned = (signal.SIGUSR1,) if job_id() else ()  # by SLURM, that the time of its job is over soon
        handlers = {each: signal.signal(each, self._note) for each in (*STOPPING, *warned)}
        try:
            if self.options.retry:
                self._retry_failed()
            self.display.open(results_of(self.sweep, self.plan))
            self._run_all()
            best = best_of(self.plan, results_of(self.sweep, self.plan))
            if best is not None and not self.signals and self.plan.test == "best" and not self._tested(best):
                self._start(best, test=True)
                self._wait_for_all()
            return self.signals[0] if self.signals else None
        except InChild:
            handlers = {}  # the fork has its own
            raise
        finally:
            if handlers:
                self.display.close()
            for each, handler in handlers.items():
                signal.signal(each, handler)

    def _retry_failed(self) -> None:
        """Let the jobs begin again that have failed under another driver."""
        for number in range(self.known):
            folder = job_folder(self.sweep, number)
            if state_of(folder) == "failed":
                self.failures[number] += 1
                (folder / RECORD).unlink()

    def _run_all(self) -> None:
        while not self.signals:
            states = self._states()
            waiting = [number for number, state in states.items() if state == "waiting"]
            for number in waiting[: self.jobs.free]:
                self._start(number)
            if not waiting and self.known < self.count and self.jobs.free:
                self._propose()
            elif not waiting and not self.jobs.numbers and "running" not in states.values():
                return
            self._look()
        self._wait_for_all()

    def _states(self) -> dict[int, State]:
        """State of each job that is not over and does not run here."""
        numbers = [number for number in range(self.known) if number not in self.jobs.numbers | self.over]
        states = {number: state_of(job_folder(self.sweep, number)) for number in numbers}
        self.over |= {number for number, state in states.items() if state in ENDED}
        return states

    def _propose(self) -> None:
        """Let the search choose the words of the next job.

        Raises:
            InputError: it cannot.
        """
        from .search import propose  # imported here: Optuna takes 0.3 s, and a grid does not need it

        if compute(lambda: propose(self.sweep, self.plan, self.known)) and not self.signals:
            raise InputError(f"No values could be proposed for job {self.known}: see the error above.")
        self.known = self.known if self.signals else self.known + 1

    def _start(self, number: int, test: bool = False) -> None:
        self.display.started(number, test)
        self.jobs.start(number, job_folder(self.sweep, number) / OUTPUT, test)
        if self.signals:  # it came before the job
            self.jobs.stop_all(signal.SIGTERM)

    def _wait_for_all(self) -> None:
        while self.jobs.numbers:
            self._look()

    def _look(self) -> None:
        for job, status in self.jobs.ended():
            self._ended(job, status)
        self.display.refresh()
        time.sleep(POLL)

    def _ended(self, job: Running, status: int) -> None:
        number, folder = job.number, job_folder(self.sweep, job.number)
        for _ in range(round(WORKERS_END / POLL)):  # workers of the job, which notice its end
            if (state := state_of(folder)) != "running":
                break
            time.sleep(POLL)
        else:
            return  # somebody else runs it
        if state not in ENDED and not self.signals:
            if job.ending:
                self._fail(job, f"it took longer than sweep.timeout = {self.options.timeout:g} s")
            elif status in (130, 143):
                self.over.add(number)
            else:
                self.deaths[number] += 1
                if status >= 0 or -status != signal.SIGKILL or self.deaths[number] == DEATHS:
                    self._fail(job, f"its process ended with {_name_of(status)}, see {folder / OUTPUT}")
        if state_of(folder) == "failed" and self.failures[number] < self.options.retry and not job.ending:
            self.failures[number] += 1
            (folder / RECORD).unlink()
        results = results_of(self.sweep, self.plan)
        write_results(self.sweep, self.plan, results)
        self.display.ended(number, results, job.test)
        if self.plan.search and self.plan.search.storage:
            from .search import mirror

            compute(lambda: mirror(self.sweep, self.plan))  # if it fails, it says so, and the next one catches up

    def _fail(self, job: Running, error: str) -> None:
        write_record(job_folder(self.sweep, job.number), "failed", job.began, error)

    def _tested(self, number: int) -> bool:
        return (job_folder(self.sweep, number) / "test" / "metrics.json").exists()

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Stop all jobs, which save; at once at the second signal."""
        self.signals.append(number)
        self.jobs.stop_all(signal.SIGTERM if len(self.signals) == 1 else signal.SIGKILL)


def launcher(sweep: Path, options: Options) -> Launcher:
    """Where the jobs run."""
    if options.cluster is None:
        return Pool(options.jobs, options.timeout, options.start_timeout)
    if options.cluster["cluster"] == "ray":
        from .ray_cluster import RayCluster

        return RayCluster(sweep, options.jobs, options.cluster)
    from .slurm_cluster import SlurmCluster

    return SlurmCluster(sweep, options.jobs, options.cluster)


def _name_of(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"
