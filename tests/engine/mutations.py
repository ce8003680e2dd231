"""Words for the command line with one mistake each, and jobs without one."""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

from project import config_of, options

GROUPS = ("network", "loss", "optimizer", "scheduler", "logger", "trainer", "transformer/augment", "debug")
OPEN = ("losses", "weights", "cached", "modes")  # mappings whose names their owner chooses


def job(draws: random.Random) -> list[str]:
    """A random choice of a few groups."""
    chosen = [f"{group}={draws.choice(options(group))}" for group in draws.sample(GROUPS, 3) if options(group)]
    return [*chosen, f"seed={draws.randrange(1000)}", f"data.batch_size={draws.randint(1, 512)}"]


def leaves(node: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each value that is no mapping, with its path."""
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def misspelt(word: str, draws: random.Random) -> str:
    """A letter dropped, doubled or swapped with the next."""
    while True:
        place = draws.randrange(len(word))
        head, letter, tail = word[:place], word[place], word[place + 1 :]
        found = draws.choice([head + tail, head + 2 * letter + tail, head + tail[:1] + letter + tail[1:]])
        if found not in (word, ""):
            return found


def mistake(config: Mapping[str, Any], chosen: list[str], draws: random.Random) -> str | None:
    """A word for the command line that holds one mistake; None where the draw found no place for one."""
    path, value = draws.choice(list(leaves(config)))
    name, dotted = path[-1], ".".join(path)
    kind = draws.choice(["key", "key", "type", "range", "option"])
    if kind == "option":
        group, _, option = draws.choice([word for word in chosen if word.partition("=")[0] in GROUPS]).partition("=")
        wrong = misspelt(option, draws)
        return None if wrong in options(group) else f"{group}={wrong}"  # adamw without its w
    if path[0] in ("output_dir", "resume") or dotted == "trainer.devices":  # which may be a list of numbers too
        return None
    if name == "_target_":
        return f"{dotted}={misspelt(value, draws)}"
    if kind == "key" and not set(path) & set(OPEN):
        return f"+{'.'.join([*path[:-1], misspelt(name, draws)])}={json.dumps(value)}"
    if kind == "type" and value is not None:
        return f"{dotted}={ {bool: '7', str: '[1,2]', list: 'abc'}.get(type(value), 'abc') }"
    if kind == "range" and dotted in RANGES:
        return f"{dotted}={RANGES[dotted]}"
    return None


RANGES = {
    "seed": -1, "data.batch_size": 0, "data.num_workers": -1, "data.split.val_fraction": 1.0, "data.split.fold": -2,
    "optimizer.lr": -0.1, "optimizer.weight_decay": -1, "trainer.max_epochs": 0, "trainer.log_every_n_steps": 0,
    "callback.nan_guard.every_n_steps": 0, "loss.label_smoothing": 1.0, "loss.gamma": -0.5, "scheduler.warmup": -0.1,
    "monitor.mode": "most", "trainer.precision": "33-true", "trainer.accelerator": "abacus",
}  # fmt: skip


def mutations(count: int) -> list[tuple[list[str], str]]:
    """Jobs with the mistaken word of each, the same ones at every call."""
    draws = random.Random(0)
    found: list[tuple[list[str], str]] = []
    while len(found) < count:
        chosen = job(draws)
        config = config_of(*chosen)
        for _ in range(8):
            if (word := mistake(config, chosen, draws)) and len(found) < count:
                found.append((chosen, word))
    return found


SIGNS = "{}[]()$'\"\\,:=~+@.-#&*!|>%?/ \t\u00e9\u65e51a"


def corrupted(text: str, draws: random.Random) -> str:
    """A text with one to three letters replaced, inserted or dropped, or with two lines swapped."""
    for _ in range(draws.randint(1, 3)):
        place = draws.randrange(len(text) + 1)
        sign = draws.choice(SIGNS)
        lines = text.splitlines(keepends=True)
        match draws.choice(["insert", "replace", "drop", "swap"]):
            case "insert":
                text = text[:place] + sign + text[place:]
            case "replace":
                text = text[:place] + sign + text[place + 1 :]
            case "drop":
                text = text[:place] + text[place + draws.randint(1, 4) :]
            case "swap" if len(lines) > 2:
                first, second = draws.sample(range(1, len(lines)), 2)  # the first line is a directive of Hydra
                lines[first], lines[second] = lines[second], lines[first]
                text = "".join(lines)
    return text


def corrupted_words(count: int) -> Iterator[tuple[list[str], list[str]]]:
    """Command lines of which one word is corrupted, and the same without it; the same ones at every call."""
    draws, fixed = random.Random(2), ["name=some_name", "data.split.folds=3", "trainer.max_time={hours: 1}"]
    for _ in range(count):
        words = [*job(draws), *fixed]
        index = draws.randrange(len(words))
        yield [*words[:index], corrupted(words[index], draws), *words[index + 1 :]], words


EXPERIMENT = """# @package _global_
defaults:
  - override /optimizer: sgd
  - override /network: cnn

name: some_name
optimizer:
  lr: 1e-2
  momentum: 0.9
data:
  batch_size: 32
  split: {folds: 3, fold: 1}
network:
  filters: [8, 16]
scheduler: {max_lr: "${optimizer.lr}"}
"""


def corrupted_experiments(count: int) -> Iterator[str]:
    """Texts of an experiment that is corrupted below its first line, the same ones at every call."""
    draws = random.Random(3)
    first, rest = EXPERIMENT.split("\n", 1)
    for _ in range(count):
        yield f"{first}\n{corrupted(rest, draws)}"
