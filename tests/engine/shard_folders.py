"""Shards that tests write and read."""

from typing import Any

from project import config_of

from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.training.factory import data_and_pipeline


def read(folder: str, *words: str) -> DataModule:
    data, _ = data_and_pipeline(config_of("dataset=streaming", f"dataset.dir={folder}", *words))
    data.setup("fit")
    return data


def whole(data: DataModule) -> dict[str, Any]:
    return {name: index_batch(batch, slice(None)) for name, batch in data.splits.items()}
