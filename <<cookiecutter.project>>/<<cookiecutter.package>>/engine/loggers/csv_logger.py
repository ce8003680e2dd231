"""Logger of metrics.csv: one row per logged step, continued on resume."""

import csv
from collections.abc import Mapping
from pathlib import Path

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only

from ..core.files import atomic_write
from ..core.plain import PlainData


class CSVLogger(Logger):
    """Write `save_dir`/metrics.csv; values of the same step share a row.

    Existing rows are kept up to the step of the checkpoint from which a run resumes, or up to the first one that is
    logged now: later ones are logged again.
    """

    def __init__(self, save_dir: str) -> None:
        super().__init__()
        self.path = Path(save_dir) / "metrics.csv"
        self.rows: list[PlainData] = []
        self.columns: list[str] = ["step"]
        self.started = False
        self.resumed_at: int | None = None

    def resume_at(self, step: int) -> None:
        """Drop the rows from `step` on."""
        self.resumed_at = step

    @property
    def name(self) -> str:
        return ""

    @property
    def version(self) -> str:
        return ""

    @rank_zero_only
    def log_hyperparams(self, *args: object, **kwargs: object) -> None:
        """Do nothing: the run folder already has the config."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        step = int(step or 0)
        if not self.started:
            self._read(step if self.resumed_at is None else min(step, self.resumed_at))
        if not self.rows or self.rows[-1]["step"] != step:
            self.rows.append({"step": step})
        self.rows[-1].update(metrics)
        self.columns += [name for name in metrics if name not in self.columns]

    def _read(self, step: int) -> None:
        self.started = True
        if self.path.is_file():
            with self.path.open(newline="") as file:
                rows = [row for row in csv.DictReader(file) if int(row["step"]) < step]
            self.rows = [dict(row, step=int(row["step"])) for row in rows]
            self.columns += [name for row in rows[:1] for name in row if name != "step"]

    @rank_zero_only
    def save(self) -> None:
        if not self.rows:
            return
        with atomic_write(self.path) as new, new.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(self.rows)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        self.save()
