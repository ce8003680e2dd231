"""Write a dataset as shards, which training reads from a disk or an object store: `python shard.py dir=<folder>`."""

from typing import Any

from <<cookiecutter.package>>.engine.cli.script import DictConfig, OmegaConf, script


@script("shard")
def main(config: DictConfig) -> None:
    """Prepare all samples, and write those that are not in the folder yet."""
    from <<cookiecutter.package>>.engine.data.shard_writer import ShardWriter
    from <<cookiecutter.package>>.engine.training.factory import data_and_pipeline

    plain: Any = OmegaConf.to_container(config, resolve=True)
    count = ShardWriter(*data_and_pipeline(plain), config.dir, config.shard_mib).write()
    print(f"{count} shards in {config.dir}: python train.py dataset=streaming dataset.dir={config.dir}")


if __name__ == "__main__":
    main()
