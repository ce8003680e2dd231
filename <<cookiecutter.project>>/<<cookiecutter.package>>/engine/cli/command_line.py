"""The command line, checked as a whole before Hydra acts on it."""

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ..core.disk import full_disk
from ..core.errors import InputError, JobError, traceback_wanted
from ..core.paths import CONFIGS, SCHEMAS
from .resume import restore, rewrite
from .validate import check


def launch(main: Callable[[], Any], name: str = "train") -> None:
    """Check the command line against configs/`name`.yaml, then hand over to Hydra; bad input ends in one sentence."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra would wrap our sentence into its own
    OmegaConf.register_new_resolver("unique", _unique, use_cache=True, replace=True)
    try:
        if os.environ.get("LOCAL_RANK", "0") == "0":  # the other processes of a job get words that were prepared
            sys.argv[1:] = prepare(sys.argv[1:], name)
        main()
    except InputError as error:
        if traceback_wanted():
            raise
        sys.exit(f"error: {error}")
    except JobError:
        sys.exit(1)
    except OSError as error:  # Hydra writes its files before the job begins
        if full := full_disk(error, Path.cwd()):
            with suppress(OSError):
                restore()
            sys.exit(f"error: {full}")
        raise


def _unique(job: str) -> str:
    """A suffix for the folder of a job: jobs that start in the same second must not share one."""
    return secrets.token_hex(3)


def prepare(words: Sequence[str], name: str = "train") -> list[str]:
    """The words that Hydra gets; every job that they ask for has been composed and checked.

    Raises:
        InputError: says what is wrong in all jobs together.
    """
    words = rewrite(list(words))
    arguments = get_args_parser().parse_args(words)
    if arguments.help or arguments.hydra_help or arguments.info or arguments.cfg or arguments.shell_completion:
        return words
    folder, name = arguments.config_path or str(CONFIGS), arguments.config_name or name
    problems: list[str] = []
    with initialize_config_dir(version_base="1.3", config_dir=str(Path(folder).resolve())):
        for job in _jobs(arguments.overrides, arguments.multirun):
            problems += [problem for problem in _check_job(name, job) if problem not in problems]
    if problems:
        raise InputError("\n       ".join(problems))
    # Hydra would refuse to add keys to the dataset and the data options of a run, which are not composed here.
    added = ("dataset.", "data.") if name == "evaluate" else ()
    return [f"++{word}" if word.startswith(added) else word for word in words]


def _jobs(words: Sequence[str], multirun: bool) -> list[list[str]]:
    overrides = _parse(words)
    if multirun:
        jobs: list[list[str]] = BasicSweeper.split_arguments(overrides, None)[0]
        return jobs
    for override in overrides:
        if override.is_sweep_override():
            raise InputError(
                f"'{override.input_line}' names several values: add -m for one job each, or [ ] for a list."
            )
    return [list(words)]


def _parse(words: Sequence[str]) -> list[Override]:
    try:
        return OverridesParser.create().parse_overrides(list(words))
    except HydraException as error:
        raise InputError(f"{_first_line(error)} (an override is key=value).") from error


def _check_job(name: str, words: Sequence[str]) -> list[str]:
    loader = GlobalHydra.instance().config_loader()
    forced, problems = [], []
    for override in _parse(words):
        group = override.key_or_group
        options = loader.get_group_options(group, ObjectType.CONFIG)
        if options and not override.is_delete():
            problems += _check_choice(group, override.value(), options)
            forced.append(str(override.input_line))
        elif override.is_delete() or group.startswith("hydra"):
            forced.append(str(override.input_line))
        else:  # forced in, so that our check, which knows the nearest name, is the one that refuses it
            forced.append(f"++{override.get_key_element().lstrip('+')}={override.get_value_element_as_str()}")
    if problems:
        return problems
    try:
        config = compose(name, forced)
        if "output_dir" in config:
            config.output_dir = "run folder"  # Hydra knows it once a job runs
        content = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException) as error:
        return [_first_line(error)]
    except YAMLError as error:
        return [f"a config is no YAML: {' '.join(str(error).split())}"]
    assert isinstance(content, dict)
    return check(content, name if (SCHEMAS / f"{name}.json").is_file() else "train")  # type: ignore[arg-type]


def _check_choice(group: str, value: Any, options: Sequence[str]) -> list[str]:
    wrong = [str(choice) for choice in (value if isinstance(value, list) else [value]) if choice is not None]
    wrong = [choice for choice in wrong if choice not in options]
    hints = [get_close_matches(choice, options, 1) for choice in wrong]
    return [
        f"{group}={choice}: there is no configs/{group}/{choice}.yaml, "
        + (f"did you mean {near[0]}? (known: " if near else "expected one of (")
        + f"{', '.join(options)})."
        for choice, near in zip(wrong, hints, strict=True)
    ]


def _first_line(error: Exception) -> str:
    key = getattr(error, "full_key", None)
    return (f"{key}: " if key else "") + str(error).strip().partition("\n")[0]
