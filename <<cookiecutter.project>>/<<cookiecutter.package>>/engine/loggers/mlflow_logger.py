"""MLflow logger, with a local database or a server."""

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock
from pytorch_lightning import loggers
from pytorch_lightning.utilities import rank_zero_only

from ..core.errors import InputError, first_line
from ..core.plain import Config
from ..core.processes import first
from .tracking import Ending, at_end, keep_id, kept_id, reachable

log = logging.getLogger(__name__)
FILE = "sqlite:///"
LOCAL = f"{FILE}logs/mlflow.db"
OFFLINE = "mlflow_offline"  # name of the tracker in trackers.json, for a run that is not on its server
STATUS: dict[Ending, str] = {"finished": "FINISHED", "failed": "FAILED", "killed": "KILLED"}


class MLFlowLogger(loggers.MLFlowLogger):
    """Lightning's MLFlowLogger that continues its run when the run folder is resumed, and sets the status of the job.

    A server that does not answer within 10 s is replaced by the local database (`mlflow_upload.py` uploads the run
    later); one that stops to answer during a run gets no more values. After SIGKILL the run keeps the status RUNNING.
    `tracking_uri` and `artifact_location` are relative to the working directory. MLflow's parameters cannot change: a
    value changed by a resume becomes a tag. Values are cut to 250 characters.

    Raises:
        InputError: a package is missing.
    """

    def __init__(
        self,
        save_dir: str,
        experiment_name: str = "default",
        tracking_uri: str = LOCAL,
        artifact_location: str | None = None,
        run_name: str | None = None,
        run_id: str | None = None,
        tags: dict[str, Any] | None = None,
        log_model: Literal[True, False, "all"] = False,
        prefix: str = "",
        synchronous: bool | None = None,
    ) -> None:
        missing = [name for name in ("mlflow", "sqlalchemy", "alembic") if find_spec(name) is None]
        if missing:
            raise InputError(
                f"MLflow needs packages that are not installed ({', '.join(missing)}): "
                "install them with `uv sync --group mlflow`, or choose another logger."
            )
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # else MLflow sends usage data
        os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
        logging.getLogger("alembic").setLevel(logging.WARNING)
        # A server that does not answer costs a run seconds, not 10 minutes a call.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        self.tracker = "mlflow"
        if tracking_uri.startswith("http") and first() and not reachable(tracking_uri):
            words = f"python -m {__package__}.mlflow_upload {save_dir} {tracking_uri}"
            log.warning("%s does not answer: the run is kept in %s; to upload it later: %s", tracking_uri, LOCAL, words)
            self.tracker, tracking_uri, run_id = OFFLINE, LOCAL, None
        lock: AbstractContextManager[object] = nullcontext()
        if tracking_uri.startswith(FILE):
            file = Path(tracking_uri.removeprefix(FILE)).absolute()
            file.parent.mkdir(parents=True, exist_ok=True)
            tracking_uri = f"{FILE}{file}"
            lock = FileLock(f"{file}.lock")  # jobs that create MLflow's tables at the same time fail or hang
        from mlflow.tracking import MlflowClient

        self.folder, self.opened = Path(save_dir), False
        self.lasting: Lasting | None = None
        self.experiment_name, self.artifact_location = experiment_name, artifact_location
        with lock:
            self.client: Any = MlflowClient(tracking_uri)
            self.client.search_experiments(max_results=1)  # creates the tables
            run_id = run_id or kept_id(self.folder, self.tracker)
            self.status_before = self._status(run_id, tracking_uri)
            super().__init__(
                experiment_name=experiment_name, run_name=run_name or self.folder.name, tracking_uri=tracking_uri,
                tags=tags, log_model=log_model, prefix=prefix, artifact_location=artifact_location,
                run_id=None if self.status_before is None else run_id, synchronous=synchronous,
            )  # fmt: skip

    def _status(self, run_id: str | None, tracking_uri: str) -> str | None:
        """Status of a run; None if the server does not have it."""
        from mlflow.exceptions import MlflowException

        if run_id is None:
            return None
        try:
            return str(self.client.get_run(run_id).info.status)
        except MlflowException:
            log.warning("%s has no run %s: creating a new one.", tracking_uri, run_id)
            return None

    @property
    def experiment(self) -> Any:
        """MLflow's client; the first access creates or continues the run."""
        if not self.opened and getattr(rank_zero_only, "rank", 0) == 0:
            self.opened = True
            self._open()
        if self.lasting is None:
            self.lasting = Lasting(super().experiment)
        return self.lasting

    def _open(self) -> None:
        from mlflow.exceptions import MlflowException

        if self.status_before is not None:
            self.client.update_run(self.run_id, status="RUNNING")
        elif self.client.get_experiment_by_name(self.experiment_name) is None:
            with suppress(MlflowException):  # another job has created it meanwhile
                self.client.create_experiment(self.experiment_name, self.artifact_location)
        _ = super().experiment
        assert self.run_id is not None
        keep_id(self.folder, self.tracker, self.run_id)
        at_end(self._close)

    def _close(self, ending: Ending) -> None:
        if ending != "refused":
            self.client.set_terminated(self.run_id, STATUS[ending])
        elif self.status_before is None:
            self.client.delete_run(self.run_id)
        else:
            self.client.set_terminated(self.run_id, self.status_before)

    @rank_zero_only
    def log_hyperparams(self, params: Any) -> None:
        flat = _flat(params)
        known = self.experiment.get_run(self.run_id).data.params
        changed = {name: value for name, value in flat.items() if known.get(name, value[:250]) != value[:250]}
        super().log_hyperparams({name: value for name, value in flat.items() if name not in known})
        for name, value in changed.items():
            self.experiment.set_tag(self.run_id, name, value)

    @rank_zero_only
    def finalize(self, status: str = "success") -> None:
        """Keep the run open: the job continues after the training."""
        super().finalize("RUNNING")


class Lasting:
    """Client of MLflow whose writing stops, with a warning, when the server does: no run is lost by its tracker."""

    def __init__(self, client: Any) -> None:
        self.client, self.lost = client, False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        return partial(self._write, method) if name.startswith(("log_", "set_", "update_", "delete_")) else method

    def _write(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        from mlflow.exceptions import MlflowException

        if self.lost:
            return None
        try:
            return method(*arguments, **named)
        except MlflowException as error:
            self.lost = True
            log.warning("MLflow gets no more values of this run (%s).", first_line(error))
            return None


def _flat(params: Config, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in params.items():
        inner = _flat(value, f"{prefix}{name}/") if isinstance(value, dict) else {f"{prefix}{name}": str(value)}
        flat.update(inner)
    return flat
