"""Python commands in forks of one process, which has imported what takes each of them ten seconds.

`python forked.py <file>`; the file lists folder, words after `python`, and file for the output of each command, as
JSON. Prints the exit status of each. As many run side by side as there are cores.
"""

import json
import os
import runpy
import sys
from importlib import import_module

HEAVY = ("kornia", "matplotlib.pyplot", "pytorch_lightning", "torch._dynamo", "torchvision")


def become(folder: str, words: list[str], output: str) -> None:
    """Be what `python <words>` is in a folder."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.chdir(folder)
    sys.path[0] = folder
    module = words[0] == "-m"
    sys.argv = words[module:]
    if module:
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")


def main() -> None:
    for name in HEAVY:
        import_module(name)
    with open(sys.argv[1]) as file:
        jobs = json.load(file)
    running: dict[int, int] = {}
    statuses = [0] * len(jobs)

    def wait() -> None:
        child, status = os.wait()
        statuses[running.pop(child)] = os.waitstatus_to_exitcode(status)

    for place, job in enumerate(jobs):
        if len(running) == (os.cpu_count() or 1):
            wait()
        child = os.fork()
        if child == 0:
            become(*job)
            return
        running[child] = place
    while running:
        wait()
    print(json.dumps(statuses))


if __name__ == "__main__":
    main()
