"""What a job has chosen, in a few lines: its config is in its folder."""

import logging
from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from ..core.masking import masked_text
from ..core.stored_config import choice_of

CHOICES = ("problem", "dataset", "transformer", "network", "loss", "optimizer", "scheduler", "trainer", "logger")
log = logging.getLogger(__name__)


def log_choices(folder: Path) -> None:
    """Log the chosen configs of the main groups, and the words of the command line."""
    if not HydraConfig.initialized():  # a main function that is called by other code
        return
    hydra = HydraConfig.get()
    chosen = {group: hydra.runtime.choices.get(group) or choice_of(folder, group) for group in CHOICES}
    log.info("%s", ", ".join(f"{group} {choice}" for group, choice in chosen.items() if choice))
    words = [str(word) for word in hydra.overrides.task if str(word).lstrip("+").partition("=")[0] not in CHOICES]
    log.info("%s; the whole config: %s", masked_text(" ".join(words)) or "defaults", folder / ".hydra" / "config.yaml")
