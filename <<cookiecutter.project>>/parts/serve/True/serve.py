"""Serve predictions of trained runs over HTTP: `python serve.py run=<folder>`, `python serve.py --help`."""

from contextlib import suppress
from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script
from <<cookiecutter.package>>.engine.serving.address import bound


@script("serve", lightning=False)
def main(config: DictConfig) -> None:
    """Serve until Ctrl-C."""
    with suppress(KeyboardInterrupt), bound(config.host, config.port) as listener:
        from <<cookiecutter.package>>.engine.inference.predictor import Predictor
        from <<cookiecutter.package>>.engine.serving.responder import Responder
        from <<cookiecutter.package>>.engine.serving.server import serve

        plain: Any = OmegaConf.to_container(config)
        predictor = Predictor.load(plain["run"], config.device, config.weights, config.ensemble)
        with Responder(
            predictor, config.top, config.batch_size, config.max_wait, config.num_workers, config.max_queue
        ) as responder:
            hosts = [config.host, *config.hosts]
            serve(responder, listener, config.max_files, config.max_bytes, config.max_pixels, hosts)


if __name__ == "__main__":
    main()
