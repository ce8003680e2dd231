"""Scripts: a main function under Hydra, as a job with a folder of its own."""

from collections.abc import Callable

import hydra

from ..core.compat import VERSION_BASE
from ..core.paths import CONFIGS
from .job import Main, job


def script(name: str) -> Callable[[Main], Callable[[], None]]:
    """Compose configs/`name`.yaml for the decorated function, and run it as a job."""

    def decorate(main: Main) -> Callable[[], None]:
        decorated: Callable[[], None] = hydra.main(config_path=str(CONFIGS), config_name=name, **VERSION_BASE)(
            job(main)
        )
        return decorated

    return decorate
