"""Images that a server predicts for 32 clients, as forms and as bodies, and the bare network on batches of 64."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import SHORT, config_of, interleave, ratio, spread, tell
from my_project.engine.checkpoints.checkpoint import save
from my_project.engine.definitions.example import example
from my_project.engine.training.factory import data_and_pipeline
from PIL import Image

CLIENTS, BATCH, SIDE = 32, 64, 28
COUNT, ROUNDS = (64, 1) if SHORT else (3200, 5)
NETWORK = os.environ.get("NETWORK", "resnet18")
FORM = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n%s\r\n--b--\r\n'
TYPES = {"form": b"multipart/form-data; boundary=b", "body": b"image/png"}


def requests(kind: str) -> list[bytes]:
    """Requests with one gray PNG each, ready to be sent."""
    draws, found = np.random.default_rng(0), []
    for _ in range(BATCH):
        file = BytesIO()
        Image.fromarray(draws.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)).save(file, "PNG")
        content = FORM % file.getvalue() if kind == "form" else file.getvalue()
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        found.append(head % (TYPES[kind], len(content)) + content)
    return found


CLIENT = """
import socket, sys, threading, time
port, count, clients, name = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
requests = open(name, "rb").read().split(b"-next-")
def visit(number):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(number, count, clients):
            connection.sendall(requests[place % len(requests)])
            answer = b""
            while not answer.endswith(b"}]"):
                part = connection.recv(65536)
                assert part, answer
                answer += part
            assert b" 200 OK" in answer[:20] and b'"error":null' in answer, answer
threads = [threading.Thread(target=visit, args=(number,)) for number in range(clients)]
started = time.perf_counter()
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(time.perf_counter() - started)
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server listens, which it does after a first prediction."""
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError("the server has ended")


def main() -> None:
    _, pipeline = data_and_pipeline(config_of(f"network={NETWORK}"))
    pipeline.fit(example(pipeline.definition, 8).input)
    pipeline.eval()
    batch = example(pipeline.definition, BATCH).input
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(pipeline, folder / "model.safetensors")
        for kind in TYPES:
            (folder / kind).write_bytes(b"-next-".join(requests(kind)))
        words = [f"run={folder / 'model.safetensors'}", f"port={port}", "device=cpu", f"hydra.run.dir={folder / 'log'}"]
        torch.set_num_threads(1)  # the clients and the server share the cores
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        server = subprocess.Popen([sys.executable, "serve.py", *words], env=environment, stdout=subprocess.DEVNULL)

        def bare() -> float:
            started = time.perf_counter()
            with torch.inference_mode():
                for _ in range(COUNT // BATCH):
                    pipeline(batch)
            return time.perf_counter() - started

        def served(kind: str) -> float:
            words = [str(port), str(COUNT), str(CLIENTS), str(folder / kind)]
            return float(subprocess.run([sys.executable, "-c", CLIENT, *words], capture_output=True, check=True).stdout)

        try:
            wait_for(port, server)
            ways: dict[str, Any] = {"network": bare, "form": lambda: served("form"), "body": lambda: served("body")}
            seconds = interleave(ways, ROUNDS)
        finally:
            server.terminate()
            server.wait()
    rows = [
        [title, spread([1000 * each / COUNT for each in seconds[way]]), f"{1 / ratio(seconds, way, 'network'):.2f}"]
        for way, title in {
            "network": f"network alone, batches of {BATCH}",
            "form": f"server, {CLIENTS} clients, a form with one PNG each",
            "body": f"server, {CLIENTS} clients, a PNG as the body",
        }.items()
    ]
    tell("serve", ["", "ms a sample, median (min to max)", "share of the network's speed"], rows, seconds)
    print(f"network alone: {COUNT / statistics.median(seconds['network']):.0f} samples a second")


if __name__ == "__main__":
    main()
