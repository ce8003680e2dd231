"""Driver of a sweep: starts what has not ended, and waits."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ..core.job_record import RECORD, write_record
from ..core.slurm import job_id
from .fork import STOPPING, InChild, fork, stop, visible_gpus
from .plan import ENDED, Plan, job_folder, state_of
from .results import best_of, results_of, write_results

OUTPUT = "output.txt"  # in the folder of a job: what it printed
DEATHS = 3  # a job that was killed so often, or crashed, has failed
PATIENCE = 60.0  # seconds between the signal to stop and that to die
POLL = 0.05  # seconds


@dataclass(frozen=True)
class Options:
    """Options of a driver; another one may go on with others.

    Attributes:
        jobs: Jobs at once.
        retry: Times that a failed job is tried again, from its last save.
        timeout: Seconds of a job, after which it is saved, stopped and counts as failed; 0: no limit.
    """

    jobs: int = 1
    retry: int = 0
    timeout: float = 0


@dataclass
class Running:
    """Process of a job, or of its `test`; `ending`: its time is over."""

    number: int
    began: float
    gpu: str | None
    test: bool
    ending: bool = False


class Driver:
    """Run the jobs of a sweep in forks of this process, which must have computed nothing.

    The folders are the only memory: after a crash another driver goes on with the same folder. A job that another
    process runs (its lock is held) is waited for.
    """

    def __init__(self, sweep: Path, plan: Plan, options: Options) -> None:
        self.sweep, self.plan, self.options = sweep, plan, options
        self.words, self.gpus = plan.differences(), visible_gpus()
        self.running: dict[int, Running] = {}
        self.deaths, self.failures = [0] * len(plan.jobs), [0] * len(plan.jobs)
        self.stopped: set[int] = set()  # jobs that somebody else has stopped
        self.signals: list[int] = []

    def run(self) -> int | None:
        """Run what has not ended, then test the best; returns the signal that has stopped it.

        Raises:
            InChild: in the process of each job.
        """
        warned = (signal.SIGUSR1,) if job_id() else ()  # by SLURM, that the time of its job is over soon
        handlers = {each: signal.signal(each, self._note) for each in (*STOPPING, *warned)}
        try:
            if self.options.retry:
                self._retry_failed()
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
            for each, handler in handlers.items():
                signal.signal(each, handler)

    def _retry_failed(self) -> None:
        """Let the jobs begin again that have failed under another driver."""
        for number in range(len(self.plan.jobs)):
            folder = job_folder(self.sweep, number)
            if state_of(folder) == "failed":
                self.failures[number] += 1
                (folder / RECORD).unlink()

    def _run_all(self) -> None:
        while not self.signals:
            waiting = self._waiting()
            for number in waiting[: self.options.jobs - len(self.running)]:
                self._start(number)
            if not self.running and not waiting:
                states = [state_of(job_folder(self.sweep, number)) for number in range(len(self.plan.jobs))]
                if "running" not in states:
                    return
            self._look()
        self._wait_for_all()

    def _waiting(self) -> list[int]:
        here = {each.number for each in self.running.values()}
        numbers = [number for number in range(len(self.plan.jobs)) if number not in here | self.stopped]
        return [number for number in numbers if state_of(job_folder(self.sweep, number)) == "waiting"]

    def _start(self, number: int, test: bool = False) -> None:
        threads = max(1, (os.cpu_count() or 1) // self.options.jobs)
        folder = job_folder(self.sweep, number)
        begins = "is tested" if test else "starts"
        print(f"job {number} of {len(self.plan.jobs)} {begins}: {self._name(number)}", flush=True)
        gpu = self._gpu()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        process = fork(number, folder / OUTPUT, threads, gpu, test)
        self.running[process] = Running(number, time.monotonic(), gpu, test)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        if self.signals:  # it came before the fork
            stop(process, signal.SIGTERM)

    def _gpu(self) -> str | None:
        """GPU with the fewest jobs; None, for all, if there are not several jobs and several GPUs."""
        if self.options.jobs == 1 or len(self.gpus) < 2:
            return None
        used = [job.gpu for job in self.running.values()]
        return min(self.gpus, key=used.count)

    def _name(self, number: int) -> str:
        return " ".join(self.words[number]) or "as it is"

    def _wait_for_all(self) -> None:
        while self.running:
            self._look()

    def _look(self) -> None:
        """Look once at each process."""
        for process, job in list(self.running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                del self.running[process]
                self._ended(job, os.waitstatus_to_exitcode(status))
            elif self.options.timeout and time.monotonic() - job.began > self.options.timeout:
                late = time.monotonic() - job.began > self.options.timeout + PATIENCE
                if late or not job.ending:
                    stop(process, signal.SIGKILL if late else signal.SIGTERM)
                job.ending = True
        time.sleep(POLL)

    def _ended(self, job: Running, status: int) -> None:
        number, folder = job.number, job_folder(self.sweep, job.number)
        while (state := state_of(folder)) == "running":  # workers of the job, which notice its end
            time.sleep(POLL)
        if state not in ENDED and not self.signals:
            if job.ending:
                self._fail(job, f"it took longer than sweep.timeout = {self.options.timeout:g} s")
            elif status in (130, 143):
                self.stopped.add(number)
            else:
                self.deaths[number] += 1
                if status >= 0 or -status != signal.SIGKILL or self.deaths[number] == DEATHS:
                    self._fail(job, f"its process ended with {_name_of(status)}, see {folder / OUTPUT}")
        state = state_of(folder)
        if state == "failed" and self.failures[number] < self.options.retry and not job.ending:
            self.failures[number] += 1
            (folder / RECORD).unlink()
            state = "waiting"
        results = results_of(self.sweep, self.plan)
        write_results(self.sweep, self.plan, results)
        score = results[number].score
        scored = state == "finished" and score is not None and not job.test
        found = f", {self.plan.metric} {score:.4f}" if scored else ""
        reason = f": {results[number].error}" if state == "failed" else ""
        end = "tested" if job.test and state == "finished" else state if state in ENDED else "stopped"
        print(f"job {number} {end}{found}{reason}", flush=True)

    def _fail(self, job: Running, error: str) -> None:
        write_record(job_folder(self.sweep, job.number), "failed", job.began, error)

    def _tested(self, number: int) -> bool:
        return (job_folder(self.sweep, number) / "test" / "metrics.json").exists()

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Stop all jobs, which save; at once at the second signal."""
        self.signals.append(number)
        for process in list(self.running):
            stop(process, signal.SIGTERM if len(self.signals) == 1 else signal.SIGKILL)


def _name_of(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"
