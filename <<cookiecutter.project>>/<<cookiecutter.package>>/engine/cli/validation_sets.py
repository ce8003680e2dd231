"""Validation sets of a config: their definitions, and the monitored metric of one."""

from collections.abc import Collection, Iterator, Mapping

from ..core.plain import Config
from .compatibility import definition_of
from .source_classes import lineage


def wrong_validation(config: Config) -> list[str]:
    """Sentences about validation sets of another definition than the dataset, and about one that there is not."""
    targets = {name: str(part.get("_target_")) for name, part in config.get("validation", {}).items()}
    return [
        *_other_definition(str(config["dataset"].get("_target_")), targets),
        *_unknown_set(str(config["monitor"].get("metric")), targets),
    ]


def _other_definition(dataset: str, targets: Mapping[str, str]) -> Iterator[str]:
    given = definition_of(dataset)
    for name, target in targets.items():
        found = definition_of(target)
        if given and found and given not in lineage(found) and found not in lineage(given):
            wrong, own = (
                f"{_name(part)} has {_name(definition)}" for part, definition in ((target, found), (dataset, given))
            )
            yield f"validation.{name}: {wrong}, but the dataset {own}. Choose a dataset that has it too."


def _unknown_set(metric: str, names: Collection[str]) -> Iterator[str]:
    """Sentence for a metric `val/<name>/<metric>` of a set that is not among `names`."""
    split, _, rest = metric.partition("/")
    name, slash, _ = rest.partition("/")
    if split == "val" and slash and name not in names:
        known = f"expected one of ({', '.join(names)})" if names else f"add +dataset@validation.{name}=<dataset>"
        yield f"monitor.metric = {metric!r}: there is no validation set '{name}', {known}."


def _name(path: str) -> str:
    return path.rpartition(".")[2]
