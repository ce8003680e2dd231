"""Check of the whole command line before Hydra runs."""

import atexit
import gc
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ..core.compat import BASIC_LAUNCHER, VERSION_BASE, any_key, one_composition, parse_arguments, register_resolver
from ..core.errors import InputError
from ..core.lasting_streams import keep_streams
from ..core.paths import CONFIGS
from ..core.plain import Config, PlainData
from ..core.schemas import has_schema
from ..core.startup import freeze_at_exit
from .composed import odd_keys, sources, wrong_folder
from .given import missing
from .group_choices import absent_group, contradictions, options_of, wrong_choices
from .jobs import all_jobs, first_job, first_line, is_search, parse, single_job
from .resume import rewrite
from .sentences import in_sentences
from .validate import check


def launch(main: Callable[[], object], name: str = "train", sweeps: Callable[[list[str]], None] | None = None) -> None:
    """Check the command line against configs/`name`.yaml, then run Hydra; bad input ends with one sentence.

    `sweeps` gets the checked command line of a multirun, and does not return if it takes it.
    """
    keep_streams()
    atexit.register(freeze_at_exit)  # registered first, called last
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # otherwise Hydra would wrap the message
    register_resolver("unique", _unique)
    with in_sentences():
        if parse_arguments(sys.argv[1:]).help:
            gc.disable()  # saves a tenth of the time; this process ends here
            print(help_of(sys.argv[1:], name))
            return
        if os.environ.get("LOCAL_RANK", "0") == "0":  # the other processes of a job get the prepared words
            sys.argv[1:] = prepare(sys.argv[1:], name)
            if sweeps and parse_arguments(sys.argv[1:]).multirun:
                sweeps(sys.argv[1:])
        with any_key(), one_composition():
            main()


def compose_and_run(main: Callable[[Config], object], name: str) -> None:
    """Run a script that is no job: it has a checked command line like the others, and no folder of its own."""

    def run() -> None:
        arguments = parse_arguments(sys.argv[1:])
        if arguments.multirun:
            raise InputError(f"{name}.py has no jobs: leave -m out.")
        with config_folder(None):
            config = resolved(compose_job(name, arguments.overrides))
        main(config)

    launch(run, name)


def _unique(job: str) -> str:
    """Random suffix for the folder of a job, as several jobs may start in the same second."""
    return secrets.token_hex(3)


def prepare(words: Sequence[str], name: str = "train") -> list[str]:
    """Compose and check every job of a command line, and return the words for Hydra.

    Raises:
        InputError: a job has mistakes; lists those of all jobs.
    """
    words = rewrite(list(words))
    arguments = parse_arguments(words)
    if arguments.help or arguments.hydra_help or arguments.shell_completion:
        return words
    with config_folder(arguments.config_path):
        return _checked(words, arguments, arguments.config_name or name)


@contextmanager
def config_folder(folder: str | None) -> Iterator[None]:
    with initialize_config_dir(config_dir=str(Path(folder or CONFIGS).resolve()), **VERSION_BASE), any_key():
        yield


def _checked(words: list[str], arguments: Any, name: str) -> list[str]:
    overrides: list[str] = arguments.overrides
    if not arguments.multirun:
        _refuse(_problems(name, single_job(overrides)))
        return words
    first = first_job(overrides)
    _refuse(_problems(name, first))
    hydra = compose_job(name, first).hydra
    jobs = [_problems(name, job) for job in all_jobs(overrides, hydra.sweeper)]
    found = dict.fromkeys(problem for job in jobs for problem in job)
    places = {text: [number for number, job in enumerate(jobs) if text in job] for text in found}
    count = 0 if is_search(overrides) else len(jobs)  # of a search they are no jobs, but the ends of its values
    _refuse(
        [
            text if len(at) == len(jobs) or not count else f"{text} (job {at[0]} of {count})"
            for text, at in places.items()
        ]
    )
    if hydra.launcher.get("_target_") == BASIC_LAUNCHER:
        return words
    # Other launchers compose each job in another process, in which `any_key` has no effect.
    forced = {word: _forced(word) for word in overrides}
    return [forced.get(word, word) for word in words]


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise InputError("\n       ".join(problems))


def _forced(word: str) -> str:
    (override,) = parse([word])
    group = override.key_or_group
    if override.is_delete() or group.startswith("hydra") or options_of(group):
        return word
    return f"++{word.lstrip('+')}"


def _problems(name: str, words: Sequence[str]) -> list[str]:
    """Mistakes in one job, a sentence each."""
    try:
        if wrong := wrong_choices(words) or contradictions(words):
            return wrong
        config = compose_job(name, words)
        if config.hydra.mode is not None:
            return [f"hydra.mode = {config.hydra.mode.name}: leave it out, and add -m for a multirun."]
        raw = OmegaConf.to_container(config, resolve=False)
        if wrong := [*odd_keys(raw), *(wrong_folder(config, raw) if name == "train" else ())]:
            return wrong
        references = dict(sources(raw))
        content = resolved(config)
    except (HydraException, OmegaConfBaseException) as error:
        further = re.search(r"^To append .*$", str(error), re.MULTILINE)  # a group at another key needs a +
        hint = " ".join([first_line(error), *([f"{further[0]}."] if further else [])])
        return [absent_group(first_line(error), name) or hint]
    except YAMLError as error:
        return [f"a config is not valid YAML: {' '.join(str(error).split())}"]
    return check(content, name if has_schema(name) else "train", sources=references) or missing(content, name)


def compose_job(name: str, words: Sequence[str]) -> DictConfig:
    """Compose the config of a job, with Hydra's own part.

    Unknown keys are allowed here: our check rejects them, with the nearest name as a hint.
    """
    return compose(name, list(words), return_hydra_config=True)


def resolved(config: DictConfig) -> PlainData:
    """Composed config as the script gets it, without Hydra's part."""
    with open_dict(config):
        del config["hydra"]
    if "output_dir" in config:
        config.output_dir = "run folder"  # Hydra sets it when a job runs
    content: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    return dict(content)


def help_of(words: Sequence[str], name: str = "train") -> str:
    """Text of --help for the configs that a command line chooses.

    Raises:
        InputError: a choice does not exist.
    """
    from .help import help_text  # imported here: not needed by a job

    words = rewrite([word for word in words if word not in ("--help", "-h")])
    arguments = parse_arguments(words)
    name = arguments.config_name or name
    with config_folder(arguments.config_path):
        job = first_job(arguments.overrides)
        _refuse(wrong_choices(job))
        values = {override.key_or_group: override.value() for override in parse(job)}
        lists = {group: value for group, value in values.items() if isinstance(value, list) and options_of(group)}
        try:
            return help_text(compose_job(name, job), name, Path(arguments.config_path or CONFIGS), lists)
        except (HydraException, OmegaConfBaseException) as error:
            raise InputError(first_line(error)) from error
