"""Write a dataset as shards, which training reads from a disk or an object store: `python shard.py`."""

from <<cookiecutter.package>>.engine.cli.data_scripts import DictConfig, script, write_shards


@script("shard")
def main(config: DictConfig) -> None:
    """Prepare all samples, and write those that are not in the folder yet."""
    write_shards(config)


if __name__ == "__main__":
    main()
