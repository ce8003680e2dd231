"""Text of --help: each key with its allowed values, its value and its comment in the YAML file."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf, open_dict

from ..core.plain import Config, PlainData
from ..core.schemas import has_schema, in_words
from .keys import Block, Key, blocks

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader takes a tenth of the time
DATA = ("problem", "dataset", "data", "transformer", "name", "seed", "output_dir")
# Keys of scripts that only read data.
ONLY = {
    "explore": (*DATA, "runs"),
    "benchmark": DATA,
    "shard": (*DATA, "dir", "shard_mib"),
}
WIDTHS = (44, 32, 28)  # maximum widths of the columns key, values and value; longer cells shift the rest of their line


def help_text(config: DictConfig, name: str, folder: Path, lists: Config) -> str:
    """Help for a composed config of `folder`/`name`.yaml, Hydra's part included.

    `lists`: groups with several configs on the command line, which Hydra does not record.
    """
    choices: PlainData = {
        group: choice for group, choice in config.hydra.runtime.choices.items() if not str(group).startswith("hydra/")
    }
    with open_dict(config):
        del config["hydra"]
    content: Any = OmegaConf.to_container(config)
    choices |= {group: None for group in content if group not in choices and (folder / group).is_dir()} | dict(lists)
    comments = _comments(folder, name, choices)
    lines = [f"python {name}.py [<group>=<choice>] [<key>=<value>] …"]
    if "output_dir" in content:  # a job
        lines.append(
            "-m: one job for each of several values, key=a,b; --cfg job: print the config; --hydra-help: more options"
        )
    if shown := ONLY.get(name):
        choices = {group: choice for group, choice in choices.items() if group.partition("/")[0] in shown}
        lines.append("the other keys of train.py are taken too, and have no effect here")
    if choices:
        lines += ["", "groups", *(f"  {group}: {_options(folder, group)}" for group in sorted(choices))]
    for block in blocks(content, name if has_schema(name) else "train"):
        if shown and block.path and block.path.partition(".")[0] not in shown:
            continue
        keys = [key for key in block.keys if not shown or key.path.partition(".")[0] in shown]
        lines += ["", _title(block, choices), *_lines(keys, comments)]
    return "\n".join(lines)


def _options(folder: Path, group: str) -> str:
    return ", ".join(sorted(path.stem for path in (folder / group.partition("@")[0]).glob("*.yaml")))


def _title(block: Block, choices: Config) -> str:
    group = block.path.replace(".", "/")
    choice = choices.get(group)
    value = f"[{','.join(choice)}]" if isinstance(choice, list) else choice
    title = f"{group}={value}" if choice else block.path or "keys at the root"
    return f"{title}  ({block.target})" if block.target else title


def _lines(keys: Sequence[Key], comments: Mapping[str, str]) -> Iterator[str]:
    rows = [(key.path, in_words(key.rule) if key.rule else "any value", _default(key)) for key in keys]
    columns = zip(zip(*rows, strict=True), WIDTHS, strict=False)
    widths = [max((len(cell) for cell in column if len(cell) <= most), default=0) for column, most in columns]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        comment = comments.get(row[0], "")
        yield "  ".join(["", *cells, comment]).rstrip()


def _default(key: Key) -> str:
    if key.default is None:
        return f"= {_value(key.value)}"
    if not key.default:
        return ""
    try:
        return f"= {_value(ast.literal_eval(key.default))}"
    except ValueError:  # not a literal, like torch.float32
        return f"= {key.default}"


def _value(value: object) -> str:
    """Format a value as on the command line."""
    return value if isinstance(value, str) and value else json.dumps(value, default=str, ensure_ascii=False)


def _comments(folder: Path, name: str, choices: Config) -> dict[str, str]:
    """Comments of the files of a composed config, by path."""
    comments = dict(_of_file(folder, "", name))
    for group, choice in choices.items():
        for each in choice if isinstance(choice, list) else [choice]:
            comments |= _of_file(folder, group, str(each))
    return comments


def _of_file(folder: Path, group: str, choice: str) -> dict[str, str]:
    group, _, own = group.partition("@")  # <group>@<package>, as in dataset@validation.fonts
    path = folder / group / f"{choice}.yaml"
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=Loader)
    comments: dict[str, str] = {}
    if not isinstance(root, yaml.MappingNode):
        return {}
    for key, value in root.value:
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            for item in value.value:
                if isinstance(item, yaml.ScalarNode):  # a file of the same folder
                    comments |= _of_file(folder, group, item.value)
    package = "" if text.startswith("# @package _global_") else own or group.replace("/", ".")
    return comments | dict(_of_node(root, package, text.splitlines()))


def _of_node(node: yaml.MappingNode, path: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for key, value in node.value:
        key_path = f"{path}.{key.value}".lstrip(".")
        line = key.end_mark.line
        column = value.end_mark.column if value.end_mark.line == line else key.end_mark.column + 1
        comment = lines[line][column:].strip()
        if comment.startswith("#"):
            yield key_path, comment
        if isinstance(value, yaml.MappingNode):
            yield from _of_node(value, key_path, lines)
