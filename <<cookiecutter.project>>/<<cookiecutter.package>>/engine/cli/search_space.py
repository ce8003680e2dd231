"""Values of a search, as they are given on the command line."""

from collections.abc import Sequence

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

from ..core.errors import InputError
from ..core.plain import PlainData
from .jobs import TRIALS, parse


def space_of(words: Sequence[str]) -> dict[str, PlainData]:
    """Values by key, as in `Search.space`: of each override with several of them, or an interval.

    Raises:
        InputError: there is none, or an interval is empty, or a logarithmic one does not begin above 0.
    """
    swept = {override.get_key_element(): override for override in parse(words) if override.is_sweep_override()}
    if not swept:
        raise InputError(
            f"{TRIALS} is given, and nothing to search: expected an override with several values or an interval, like "
            "'optimizer.lr=tag(log, interval(1e-4, 1e-1))'."
        )
    return {key: _values(override) for key, override in swept.items()}


def _values(override: Override) -> PlainData:
    line, sweep = override.input_line, override.value()
    if not isinstance(sweep, IntervalSweep | RangeSweep):
        return {"choices": list(override.sweep_string_iterator())}
    log = "log" in sweep.tags
    if isinstance(sweep, IntervalSweep):
        low, high, step = sweep.start, sweep.end, None
    else:
        numbers = sorted(sweep.range())
        low, high, step = (numbers[0], numbers[-1], abs(sweep.step)) if numbers else (1, 0, 1)
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not low < high:
        raise InputError(f"'{line}' holds no two values: expected a lower end and a greater upper one.")
    if log and low <= 0:
        raise InputError(f"'{line}' begins at {low}: a logarithmic interval begins above 0.")
    if log and step not in (None, 1):
        raise InputError(f"'{line}' is logarithmic with steps: expected an interval, or steps that are equal.")
    integer = isinstance(low, int) and isinstance(high, int)
    return {"low": low, "high": high, "step": 1 if integer and step is None else step, "log": log, "integer": integer}
