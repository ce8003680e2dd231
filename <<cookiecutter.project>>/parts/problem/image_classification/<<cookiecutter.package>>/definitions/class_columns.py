"""What is told of each sample whose answer is a class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

PROBABILITY = "probability"


def columns(
    classes: Sequence[str], probability: Tensor, label: Tensor, target: Tensor | None = None, top: int | None = None
) -> dict[str, Any]:
    """`prediction` (a name), and the probability of each class; with `top`, the so many most likely classes instead.
    With `target`: also that name, and whether the prediction is right (`correct`, 1 or 0).
    """
    names, said, values = np.asarray(classes), label.cpu().numpy(), probability.cpu().numpy()
    found: dict[str, Any] = {} if target is None else {"target": names[target.cpu().numpy()]}
    found["prediction"] = names[said]
    if target is not None:
        found["correct"] = (target.cpu().numpy() == said).astype(np.int64)
    if top is None:
        return found | {f"{PROBABILITY}_{name}": values[:, place] for place, name in enumerate(classes)}
    # What was answered comes first, whatever its probability: several may have voted.
    order = np.argsort(-values - 2 * (np.arange(len(classes)) == said[:, None]), axis=1, kind="stable")
    for rank in range(min(top, len(classes))):
        end = f"_{rank + 1}" if rank else ""
        places = order[:, rank]
        found |= {f"prediction{end}": names[places], f"{PROBABILITY}{end}": values[np.arange(len(said)), places]}
    return found
