"""Times several ways of doing the same, turn by turn, and tells of them as a table and as JSON."""

import json
import os
import platform
import re
import statistics
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from my_project.engine.core.compat import VERSION_BASE
from omegaconf import OmegaConf

ROOT = Path(__file__).parents[1]
SHORT = os.environ.get("SHORT") == "1"  # only to see that it runs
ROUNDS = int(os.environ.get("ROUNDS", "1" if SHORT else "7"))


def config_of(*words: str) -> dict[str, Any]:
    """The config of a job with these words, in the project where this runs."""
    with initialize_config_dir(config_dir=str(Path("configs").absolute()), **VERSION_BASE):
        config = compose("train", ["data/cache=off", *words])
    config.output_dir = "no run folder"
    content: Any = OmegaConf.to_container(config, resolve=True)
    return dict(content)


def identity(sample: Any, mode: str) -> Any:  # noqa: ARG001
    """For a data module without cached transformers."""
    return sample


def interleave(ways: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of each way, which tells them itself: once to warm up, then `rounds` times, one after the other."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1 - SHORT):
        for name, way in ways.items():
            found = way()
            if turn or SHORT:
                seconds[name].append(found)
    return seconds


def ratio(seconds: Mapping[str, list[float]], way: str, floor: str) -> float:
    """The median of the ratios within a turn: what slows the machine for a while slows both."""
    return statistics.median(a / b for a, b in zip(seconds[way], seconds[floor], strict=True))


def row(*cells: Any) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def spread(seconds: list[float], digits: int = 3) -> str:
    """Median (minimum to maximum)."""
    middle, low, high = statistics.median(seconds), min(seconds), max(seconds)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}, {date.today()}"


def tell(name: str, head: list[str], rows: list[list[Any]], content: Any) -> None:
    """Print a table; write it to docs/benchmarks.md, between the marks of that name, and its content to a JSON file."""
    table = "\n".join([row(*head), row(*("-" for _ in head)).replace(" ", ""), *(row(*cells) for cells in rows)])
    print(f"\n{table}\n({machine()})")
    folder = ROOT / "build" / "bench" / ("short" if SHORT else "full")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"machine": machine(), "seconds": content}, indent=1))
    if os.environ.get("WRITE") == "1":
        page = ROOT / "docs" / "benchmarks.md"
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = marks.subn(lambda found: f"{found[1]}{table}\n\n({machine()})\n{found[2]}", page.read_text())
        assert count == 1, f"docs/benchmarks.md has no <!-- {name} --> … <!-- end -->"
        page.write_text(text)
