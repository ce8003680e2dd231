"""Scripts: a main function under Hydra, as a job with a folder of its own."""

from collections.abc import Callable
from typing import Any

import hydra

from ..core.compat import VERSION_BASE
from ..core.paths import CONFIGS
from .job import Main, job


def script(name: str) -> Callable[[Main], Any]:
    """Compose configs/`name`.yaml for the decorated function, and run it as a job."""

    def decorate(main: Main) -> Any:
        return hydra.main(config_path=str(CONFIGS), config_name=name, **VERSION_BASE)(job(main))

    return decorate
