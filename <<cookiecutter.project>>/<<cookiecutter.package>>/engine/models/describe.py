"""Description of a pipeline's part as plain data."""

from collections.abc import Callable
from functools import partial

from ..core.plain import PlainData

PACKAGE = __name__.split(".")[0]


def describe(part: Callable[..., object]) -> PlainData:
    """Target and arguments of a part, as plain data.

    The targets of this package start with a dot, so that the package can be renamed.
    """
    function = part.func if isinstance(part, partial) else part
    arguments = dict(part.keywords) if isinstance(part, partial) else {}
    target = f"{function.__module__}.{function.__qualname__}"
    return {"target": target.removeprefix(PACKAGE), "arguments": arguments}
