"""Writing of shards: the prepared samples of all splits, as `Streaming` reads them; it may be interrupted."""

import json
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import polars
import torch
from torch import Tensor

from ..checkpoints.checkpoint import describe_definition, pack_assets
from ..checkpoints.plain_data import dumps, loads
from ..core.errors import InputError
from ..core.plain import PlainData
from ..datasets.dataset import SPLITS, SplitName
from ..datasets.meta import FIXED, columns_of
from ..definitions.definition import Batch
from ..models.pipeline import Pipeline
from .cache import fingerprint
from .cache_key import transformers_of
from .collate import join
from .datamodule import DataModule
from .prepare import LeftOut, ReadRequest, chunks, report
from .shard_store import FORMAT, INDEX, Shard
from .shard_target import Target
from .shard_tensors import is_small, layouts_of, tensors_of

PLAN, PARTS = "plan.json", "parts"  # until the index is there
SAMPLED = 64  # samples whose size decides how many a shard takes
AT_ONCE = 4  # shards that are being written
log = logging.getLogger(__name__)


class ShardWriter:
    """Writer of the splits of a data module as shards of about `mib` MiB.

    The next one with the same data, transformers and folder goes on after the shards that are there.

    Raises:
        InputError: there are shards of other samples.
    """

    def __init__(self, data: DataModule, pipeline: Pipeline, dir: str, mib: float) -> None:
        self.data, self.pipeline, self.dir, self.target = data, pipeline, dir, Target(dir)
        self.requests = {split: data.reader.request(split, data.split_indices[split]) for split in SPLITS}
        self.plan = self._plan(mib)

    def _plan(self, mib: float) -> PlainData:
        key = self._key()
        for name in (INDEX, PLAN):
            if name in self.target.sizes:
                plan: PlainData = loads(self.target.read_text(name))
                if plan["key"] != key:
                    raise InputError(
                        f"{self.dir} has shards of other samples (another dataset, selection or transformer, or files "
                        "that have changed): choose another dir, or remove it."
                    )
                if plan["mib"] != mib:
                    log.warning("%s has shards of %g MiB: shard_mib=%g has no effect.", self.dir, plan["mib"], mib)
                return plan
        request = self.requests["train"]
        sample = _read(request, request.indices[:SAMPLED])[0]
        if sample is None:
            raise InputError(f"{request.title}: each of the first {SAMPLED} samples is dropped by a transformer.")
        size = sum(tensor.nbytes for tensor in tensors_of(sample).values()) / len(sample.id)
        plan = {"key": key, "mib": mib, "samples": max(int(mib * 2**20 / size), 1), "layouts": layouts_of(sample)}
        self.target.write_text(PLAN, dumps(plan))
        return plan

    def _key(self) -> str:
        """Digest of all that determines the samples."""
        digest = blake2b(digest_size=16)
        for split, request in self.requests.items():
            tokens = [request.samples.tokens[index] for index in request.indices]
            made_by = transformers_of(self.pipeline, split)
            content = [split, list(request.indices), fingerprint(tokens), made_by, self.data.fingerprint["files"]]
            digest.update(json.dumps(content, sort_keys=True, default=str).encode())
        digest.update(repr(self.pipeline.definition).encode())
        return digest.hexdigest()

    def write(self) -> int:
        """Write the shards that are not there, and at last the index; return the number of all."""
        if INDEX in self.target.sizes:
            if not (lost := self._lost()):
                log.info("%s has all shards already.", self.dir)
                return sum(len(split["shards"]) for split in self.plan["splits"].values())
            log.warning("%s lacks %s: all are written again.", self.dir, ", ".join(lost[:5]))
            self.plan = {name: self.plan[name] for name in ("key", "mib", "samples", "layouts")}
            self.target.write_text(PLAN, dumps(self.plan))
            self.target.remove(INDEX, PARTS)
            self.target.sizes.clear()
        definition = self.pipeline.definition
        assets = pack_assets(self.pipeline)
        index = {
            "format": FORMAT,
            **self.plan,
            "definition": describe_definition(definition),
            "assets": tuple(self.target.write_tensors("assets.safetensors", assets)) if assets else None,
            "splits": {split: self._write_split(split) for split in SPLITS},
        }
        longest: dict[str, int] = {}
        for split in index["splits"].values():
            for name, length in split.pop("longest").items():
                longest[name] = max(length, longest.get(name, 0))
        self.target.write_text(INDEX, dumps({**index, "longest": longest}))
        self.target.remove(PLAN, PARTS)
        return sum(len(split["shards"]) for split in index["splits"].values())

    def _lost(self) -> list[str]:
        """Files that the index names and that are not there, or have another size."""
        splits = self.plan["splits"].values()
        named = [file for split in splits for file in [*split["shards"], split["columns"], split["meta"]] if file]
        named += [self.plan["assets"]] if self.plan["assets"] else []
        return [
            shard.file for shard in (Shard(*file) for file in named) if self.target.sizes.get(shard.file) != shard.bytes
        ]

    def _write_split(self, split: SplitName) -> PlainData:
        request, size = self.requests[split], self.plan["samples"]
        ranges = [request.indices[start : start + size] for start in range(0, len(request.indices), size)]
        names = [f"{split}-{number:05d}.safetensors" for number in range(len(ranges))]
        missing = [number for number, name in enumerate(names) if f"{PARTS}/{name}" not in self.target.sizes]
        if len(missing) < len(names):
            log.info("%s: %d of %d shards are there already.", split, len(names) - len(missing), len(names))
        with ThreadPoolExecutor(AT_ONCE) as threads:
            writing: list[Future[None]] = []
            for number in missing:
                batch, left_out = _read(request, ranges[number])
                writing.append(threads.submit(self._write_shard, split, names[number], batch, left_out))
                if len(writing) >= AT_ONCE:
                    writing.pop(0).result()
            for each in writing:
                each.result()
        return self._join(split, names)

    def _write_shard(self, split: SplitName, name: str, batch: Batch | None, left_out: list[LeftOut]) -> None:
        record: PlainData = {"shard": None, "left_out": left_out, "meta": [], "longest": {}}
        columns: dict[str, Tensor] = {"weight": torch.empty(0)}
        if batch is not None:
            self._check_layouts(name, batch)
            tensors = tensors_of(batch)
            columns = {key: tensor for key, tensor in tensors.items() if is_small(key, tensor)}
            rows = {key: tensor for key, tensor in tensors.items() if key not in columns}
            record["longest"] = {key: int(rows[key].max()) for key in rows if key.endswith(".lengths")}
            record["meta"] = [dict(facts) for facts in self.data.meta(split, batch.id.tolist())]
            record["shard"] = self.target.write_tensors(name, rows, len(batch.id))
        self.target.write_tensors(f"{PARTS}/{name}", columns, record=record)

    def _check_layouts(self, name: str, batch: Batch) -> None:
        for field, layout in layouts_of(batch).items():
            if layout != (expected := self.plan["layouts"][field]):
                raise InputError(
                    f"Field '{field}' is {layout} in {name} and {expected} in others: a cached transformer must make "
                    "them equal."
                )

    def _join(self, split: SplitName, names: list[str]) -> PlainData:
        """Columns and facts of all samples of a split, in one file each."""
        parts = [self.target.read_tensors(f"{PARTS}/{name}") for name in names]
        records = [record for _, record in parts]
        report(self.requests[split], [(index, reason) for record in records for index, reason in record["left_out"]])
        kept = [(columns, record) for columns, record in parts if record["shard"]]
        columns = {key: torch.cat([each[key] for each, _ in kept]) for key in kept[0][0]}
        facts = [each for record in records for each in record["meta"]]
        meta = None
        if any(facts):
            table = polars.DataFrame(columns_of(self.data.dataset, facts, FIXED))
            meta = tuple(self.target.write(f"{split}-meta.parquet", len(facts), table.write_parquet))
        longest = {key for record in records for key in record["longest"]}
        return {
            "shards": [tuple(record["shard"]) for _, record in kept],
            "columns": tuple(self.target.write_tensors(f"{split}-columns.safetensors", columns)),
            "meta": meta,
            "transformers": transformers_of(self.pipeline, split),
            "longest": {key: max(record["longest"].get(key, 0) for record in records) for key in longest},
        }


def _read(request: ReadRequest, indices: Any) -> tuple[Batch | None, list[LeftOut]]:
    found = list(chunks(replace(request, indices=indices), indices))
    batches = [chunk.batch for chunk in found if chunk.batch is not None]
    return join(batches) if batches else None, [each for chunk in found for each in chunk.left_out]
