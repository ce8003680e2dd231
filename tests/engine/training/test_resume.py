"""A resumed run ends as if it had not been interrupted, or is refused."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, checkpoint, rows, run_train, weights

from runs import best_of


@pytest.mark.parametrize(
    "scheduler",
    [
        pytest.param("exponential", marks=pytest.mark.slow),
        "reduce_on_plateau scheduler.patience=0 +dataset@validation.again=digits monitor.metric=val/again/loss",
    ],
)
def test_two_epochs_and_two_more_are_four(train: Train, scheduler: str) -> None:
    words = [*QUICK, *f"scheduler={scheduler}".split(), "trainer.log_every_n_steps=2"]
    four = train(*words, "trainer.max_epochs=4", "name=four")
    two = train(*words, "name=two")
    moved = Path("elsewhere/run").resolve()
    moved.parent.mkdir()
    two.rename(moved)
    assert run_train(f"resume={moved}", "trainer.max_epochs=4")
    assert not two.exists()
    straight, resumed = weights(four), weights(moved)
    assert all(torch.equal(value, resumed[name]) for name, value in straight.items())
    for key in ("global_step", "epoch", "lr_schedulers"):
        assert checkpoint(four)[key] == checkpoint(moved)[key]
    assert [row for row in rows(four) if not row["test/loss"]] == [row for row in rows(moved) if not row["test/loss"]]
    (score, path), (score_moved, path_moved) = best_of(four), best_of(moved)
    assert score == score_moved
    assert path == str(four / "checkpoints/best.ckpt")
    assert path_moved == str(moved / "checkpoints/best.ckpt")
    assert all(torch.equal(value, weights(moved, "best")[name]) for name, value in weights(four, "best").items())


def test_a_planned_learning_rate_refuses_another_length(train: Train) -> None:
    folder = train(*QUICK, "scheduler=one_cycle")
    names = ("checkpoints/last.ckpt", "metrics.csv", "reproduce.yaml", ".hydra/config.yaml", ".hydra/overrides.yaml")
    before = [(folder / name).read_bytes() for name in names]
    with pytest.raises(SystemExit, match="was planned for"):
        train(f"resume={folder}", "trainer.max_epochs=4")
    assert [(folder / name).read_bytes() for name in names] == before


def test_an_interrupted_run_ends_as_if_it_had_not_been(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from my_project.engine.training.supervised import Supervised

    words = [*QUICK, "scheduler=one_cycle", "trainer.max_epochs=4"]
    straight = train(*words, "name=straight")
    steps = 0

    def stop(*arguments: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == 8:  # in the middle of the third epoch
            raise ZeroDivisionError("this fault was injected")

    with monkeypatch.context() as patch:
        patch.setattr(Supervised, "on_train_batch_start", stop)
        with pytest.raises(SystemExit):
            train(*words, "name=stopped")
    (stopped,) = Path("logs/stopped").glob("*")
    run_train(f"resume={stopped.resolve()}")
    assert all(torch.equal(value, weights(stopped)[name]) for name, value in weights(straight).items())
    assert rows(straight) == rows(stopped)


def test_resume_refuses_to_swap_a_part(train: Train, trained_with: Train) -> None:
    folder = trained_with()
    with pytest.raises(SystemExit, match="would replace a part of it"):
        train(f"resume={folder}", "optimizer=sgd")


def test_resume_keeps_what_its_checkpoint_and_its_validation_rest_on(train: Train) -> None:
    folder = train(*QUICK, "scheduler=constant", "trainer.max_epochs=1")
    kept = ["optimizer.lr=0", "+network.width=3", "network_options.freeze=[a]", "seed=1", "monitor.mode=max"]
    for word in [*kept, "dataset.root=x", "data.split.fold=1", "data.limit_samples=9"]:
        with pytest.raises(SystemExit, match=r"keeps the .* of its start.*warm_start\.checkpoint="):
            train(f"resume={folder}", word)
    assert train(f"resume={folder}", "trainer.max_epochs=2", "data.batch_size=16", "data.cache.dir=elsewhere") == folder


def test_a_run_of_another_project_is_named(train: Train) -> None:
    folder = train(*QUICK, "trainer.max_epochs=1")
    config = folder / ".hydra" / "config.yaml"
    config.write_text(config.read_text().replace("_target_: my_project.", "_target_: another."))
    here = "my_project"
    with pytest.raises(SystemExit, match=f"is a run of another, and this is {here}: resume it there"):
        train(f"resume={folder}")
