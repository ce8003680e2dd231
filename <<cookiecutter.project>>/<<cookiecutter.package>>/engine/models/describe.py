"""How a part was made, as plain data."""

from functools import partial
from typing import Any

from .pipeline import Factory

PACKAGE = __name__.split(".")[0]


def describe(part: Factory) -> dict[str, Any]:
    """Target and arguments of a part, as plain data. What is ours goes by its place in the package, however that is
    called.
    """
    function = part.func if isinstance(part, partial) else part
    arguments = dict(part.keywords) if isinstance(part, partial) else {}
    target = f"{function.__module__}.{function.__qualname__}"
    return {"target": target.removeprefix(PACKAGE), "arguments": arguments}
