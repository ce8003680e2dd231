"""State of a metric within an epoch, which Lightning's checkpoints do not contain."""

from torch import Tensor
from torchmetrics import Metric

from ..core.compat import mark_updated
from ..core.plain import PlainData


def metric_state(metric: Metric) -> PlainData:
    """Copies of the tensors, or lists of tensors, that a metric has accumulated, by name, and its number of updates."""
    values = {name: _copied(value) for name, value in metric.metric_state.items()}
    return {"updates": metric.update_count, "values": values}


def restore_metric(metric: Metric, state: PlainData) -> None:
    """Continue from `metric_state`."""
    for name, value in state["values"].items():
        setattr(metric, name, _copied(value))
    mark_updated(metric, state["updates"])


def _copied(value: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    return [each.clone() for each in value] if isinstance(value, list) else value.clone()
