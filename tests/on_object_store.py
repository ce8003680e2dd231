"""Trains from shards in a local S3 server, in the project of the current folder; run by test_object_store.py."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import boto3
import torch
from moto.server import ThreadedMotoServer

BUCKET = "s3://shards/digits"
SMALL = ("data.limit_samples=192", "data.batch_size=16", "trainer.max_epochs=3", "report=false", "logger=csv")
REMOTE = ("dataset=streaming", f"dataset.dir={BUCKET}", "dataset.window=2", "dataset.cache_gib=0.0001")
TWO = ("trainer=ddp_cpu", "data.batch_size=8")


def python(script: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, f"{script}.py", *words], start_new_session=True)


def train(name: str, *words: str) -> dict[str, torch.Tensor]:
    """Weights after a training."""
    assert python("train", *words).wait() == 0
    (run,) = Path("logs", name).iterdir()
    state: dict[str, torch.Tensor] = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    return state


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def killed(name: str, *words: str) -> Path:
    """Run whose processes are killed after the first checkpoint."""
    process = python("train", *words, f"name={name}", "checkpoint.every_n_steps=1")
    while not list(Path("logs").glob(f"{name}/*/checkpoints/last.ckpt")):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (run,) = Path("logs", name).iterdir()
    return run


def main() -> None:
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= keys | {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "OMP_NUM_THREADS": "1"}
    boto3.client("s3").create_bucket(Bucket="shards")
    for folder in (BUCKET, "shards"):
        assert python("shard", "data.limit_samples=192", f"dir={folder}", "shard_mib=0.002").wait() == 0
    local = train("local", *SMALL, "name=local", *REMOTE, "dataset.dir=shards")
    assert equal(local, train("remote", *SMALL, "name=remote", *REMOTE)), "other samples than from the local shards"
    copies = sum(path.stat().st_size for path in Path("data/shards_cache").rglob("*.safetensors"))
    assert 0 < copies <= 0.0001 * 2**30, copies
    straight = train("straight", *SMALL, "name=straight", *REMOTE, *TWO)
    run = killed("broken", *SMALL, *REMOTE, *TWO)
    assert equal(straight, train("broken", f"resume={run}")), "the resumed run had other samples"
    server.stop()
    print("all equal")


if __name__ == "__main__":
    main()
