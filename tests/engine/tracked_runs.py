"""Runs in a store of MLflow, as a plain reader of the file sees them."""

import sqlite3
from typing import Any

from project import QUICK

WORDS = (
    *QUICK,
    "callback=default",
    "logger=mlflow",
    "scheduler=constant",
    "trainer.max_epochs=1",
)
ALIVE = "lifecycle_stage = 'active' AND name != ''"


def ask(query: str) -> list[Any]:
    """Rows of the store, as a plain reader of the file sees them."""
    with sqlite3.connect("logs/mlflow.db") as store:
        return list(store.execute(query))


def statuses() -> list[str]:
    return [status for (status,) in ask(f"SELECT status FROM runs WHERE {ALIVE} ORDER BY start_time")]
