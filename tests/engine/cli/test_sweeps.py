"""A sweep is checked before its first job starts, also that of another sweeper or launcher than Hydra's."""

import re
from copy import deepcopy

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins

from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweeper and a launcher of a package other than Hydra."""
    Plugins.instance()  # has stored the configs of Hydra's own
    monkeypatch.setattr(ConfigStore.instance(), "repo", deepcopy(ConfigStore.instance().repo))
    for kind in ("sweeper", "launcher"):
        node = {"_target_": f"other.{kind}", "params": {}}
        ConfigStore.instance().store(group=f"hydra/{kind}", name="other", node=node)


@pytest.mark.parametrize(
    ("word", "sentence"),
    {
        "optimizer.lr=interval(-1,0.1)": "optimizer.lr = -1",
        "optimizer.lr=interval(0.1,nan)": "optimizer.lr = nan",
        "optimizer.lr=tag(log,interval(0.001,x))": "x",
        "data.batch_size=range(0,64)": "data.batch_size = 0: expected integer >= 1.",
        "data.batch_size=choice(8,16,0)": "data.batch_size = 0",
        "data.batch_size=tag(a,b,choice(8,0))": "data.batch_size = 0",
        "optimizer=adamw,sdg": "did you mean sgd?",
        "lr=interval(0.001,0.1)": "did you mean optimizer.lr?",
        "+hydra.sweeper.params={optimizer.lrr: 'interval(0.1,0.2)'}": "did you mean lr?",
    }.items(),
)
def test_a_sweep_of_another_sweeper_is_checked_at_its_ends(plugins: None, word: str, sentence: str) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        prepare(["-m", "hydra/sweeper=other", word])


def test_a_sweep_of_another_sweeper_is_handed_over(plugins: None) -> None:
    words = ["-m", "hydra/sweeper=other", "optimizer.lr=tag(log,interval(0.001,0.1))", "seed=range(1,1000000)"]
    assert prepare(words) == words


def test_an_interval_needs_a_search() -> None:
    with pytest.raises(InputError, match=r"is an interval: search.trials=<jobs> searches it"):
        prepare(["-m", "optimizer.lr=interval(0.001,0.1)"])


def test_another_launcher_gets_words_that_its_processes_can_compose(plugins: None) -> None:
    words = ["-m", "hydra/launcher=other", "optimizer=adamw,sgd", "~callback.pictures", "+optimizer.foreach=true,false"]
    assert prepare(words) == [*words[:4], "++optimizer.foreach=true,false"]


def test_all_jobs_of_a_multirun_are_checked_before_the_first_starts() -> None:
    with pytest.raises(InputError, match=r"optimizer\.lr = 'x': .* \(job 2 of 6\)$"):
        prepare(["-m", "seed=1,2", "optimizer.lr=1e-3,1e-2,x"])


def test_the_mode_of_a_command_line_is_that_of_its_options() -> None:
    with pytest.raises(InputError, match=r"hydra\.mode = MULTIRUN: leave it out, and add -m"):
        prepare(["hydra.mode=MULTIRUN"])
