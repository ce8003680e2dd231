"""What do trained runs say, over HTTP? `python serve.py run=<folder>`, `python serve.py --help`."""

from contextlib import suppress
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from <<cookiecutter.package>>.compat import VERSION_BASE
from <<cookiecutter.package>>.run.address import listening
from <<cookiecutter.package>>.run.job import job
from <<cookiecutter.package>>.strict.command_line import launch
from <<cookiecutter.package>>.strict.paths import CONFIGS


@hydra.main(config_path=str(CONFIGS), config_name="serve", **VERSION_BASE)
@job
def main(config: DictConfig) -> None:
    """Until Ctrl-C."""
    with suppress(KeyboardInterrupt), listening(config.host, config.port) as listener:
        from <<cookiecutter.package>>.run.answerer import Answerer
        from <<cookiecutter.package>>.run.predictor import Predictor
        from <<cookiecutter.package>>.run.server import serve

        plain: Any = OmegaConf.to_container(config)
        predictor = Predictor.load(plain["run"], config.device, config.weights, config.vote)
        with Answerer(predictor, config.top, config.batch_size, config.max_wait, config.num_workers) as answerer:
            serve(answerer, listener, config.max_files, config.max_bytes)


if __name__ == "__main__":
    launch(main, "serve")
