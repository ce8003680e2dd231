"""Upload of a run that MLflow kept locally: `python -m <package>.engine.loggers.mlflow_upload <folder> <server>`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.errors import InputError
from .mlflow_logger import LOCAL, OFFLINE
from .tracking import keep_id, kept_id

BATCH = 100  # values of one request


def upload(folder: Path, server: str, store: str = LOCAL) -> str:
    """Copy the run of a run folder from a local store to a server, and return its id there.

    Raises:
        InputError: the run was not kept locally, or has been uploaded.
    """
    from mlflow.entities import Param
    from mlflow.tracking import MlflowClient

    own, known = kept_id(folder, OFFLINE), kept_id(folder, "mlflow")
    if own is None or known is not None:
        state = "is on a server already" if known else "was not kept for a later upload"
        raise InputError(f"{folder} {state}: expected the folder of a run whose server did not answer.")
    source, target = MlflowClient(store), MlflowClient(server)
    run = source.get_run(own)
    name = source.get_experiment(run.info.experiment_id).name
    found = target.get_experiment_by_name(name)
    experiment = found.experiment_id if found else target.create_experiment(name)
    new = target.create_run(experiment, run.info.start_time, run.data.tags, run.info.run_name).info.run_id
    params = [Param(*item) for item in run.data.params.items()]
    metrics = [each for key in run.data.metrics for each in source.get_metric_history(own, key)]
    for start in range(0, max(len(params), len(metrics)), BATCH):
        part = slice(start, start + BATCH)
        target.log_batch(new, metrics=metrics[part], params=params[part])
    with TemporaryDirectory() as copy:
        if source.list_artifacts(own):
            target.log_artifacts(new, source.download_artifacts(own, "", copy))
    target.set_terminated(new, run.info.status, run.info.end_time)
    keep_id(folder, "mlflow", new)
    return str(new)


if __name__ == "__main__":
    try:
        print(f"run: {upload(Path(sys.argv[1]), sys.argv[2])}")
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
