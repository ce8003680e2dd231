"""Runs and inputs that a script needs, looked for before torch is imported."""

from ..core.errors import InputError
from ..core.given_paths import PAGE_OR_COMPARISON, check_inputs, check_runs
from ..core.plain import Config

WITH_RUN = ("evaluate", "predict", "export", "replay")


def missing(config: Config, name: str) -> list[str]:
    """Sentence for a run or an input that the config of a script does not give, or that does not exist."""
    try:
        if name in WITH_RUN and config.get("predictions") is None:
            check_runs(config["run"])
        if name == "predict":
            check_inputs(config["inputs"])
        if name == "report" and (config["run"] is None) == (config["runs"] is None):
            return [PAGE_OR_COMPARISON]
    except InputError as error:
        return [str(error)]
    return []
