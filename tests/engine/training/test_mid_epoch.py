"""A run that is interrupted within an epoch, at any moment and in any way, ends as if it had not been."""

import signal
import time

import pytest
import torch
from project import Train, checkpoint, epochs, run_train
from pytorch_lightning import LightningModule, Trainer

from interruptions import WORDS, assert_equal_runs, at_call, fail, interrupted, send
from my_project.engine.callbacks.checkpoint import Checkpoint
from my_project.engine.training.supervised import Supervised

slow = pytest.mark.slow
OPTIONS = {
    "dropout-shift-one_cycle-ema": "network=cnn network.dropout=0.2 transformer/augment=shift callback=[default,ema]",
    "per_sample-workers-plateau": (
        "transformer/augment=trivial_augment data.num_workers=2 scheduler=reduce_on_plateau scheduler.patience=0"
    ),
    "accumulation-balance-per_sample": (
        "trainer.accumulate_grad_batches=2 data.sampling.balance=true transformer/augment=trivial_augment"
    ),
    "validations-folds-plateau-ema": (
        "trainer.val_check_interval=0.4 data.split.folds=3 scheduler=reduce_on_plateau scheduler.patience=0 "
        "callback=[default,ema]"
    ),
    "accumulation-dropout-early_stopping": (
        "trainer.accumulate_grad_batches=4 network=mlp network.dropout=0.3 callback=[default,early_stopping]"
    ),
    "momentum-clipping-mixup": "optimizer=sgd trainer.gradient_clip_val=1 transformer/augment=mixup scheduler=cosine",
}


@pytest.fixture(autouse=True)
def here(train: Train) -> None:
    """Each test runs in an empty folder."""


@slow  # a quicker one: test_kills.py
@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("count", [3, 10, 17])
def test_a_resumed_run_is_equal_to_an_unbroken_one(name: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = OPTIONS[name].split()
    straight = run_train(*WORDS, "name=straight", *words)
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", count, fail)
        run, _ = interrupted("broken", *words)
    assert "accumulate" in OPTIONS[name] or "mid_epoch" in checkpoint(run)  # a first group may not be over
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


HOOKS = {  # and the call in which it fails
    "on_validation_epoch_end": 2, "on_train_start": 1, "on_train_batch_start": 8, "on_before_zero_grad": 8,
    "on_after_backward": 8, "on_before_optimizer_step": 8, "on_train_batch_end": 8, "on_validation_epoch_start": 2,
    "validation_step": 3, "on_train_epoch_start": 2, "on_train_epoch_end": 2, "on_save_checkpoint": 9,
    "on_fit_start": 1, "on_train_end": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    "hook", [pytest.param(hook, marks=[] if index < 1 else slow) for index, hook in enumerate(HOOKS)]
)
def test_an_exception_in_any_hook_loses_nothing(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    with monkeypatch.context() as patch:
        at_call(patch, hook, HOOKS[hook], fail)
        run, _ = interrupted("broken")
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


def test_a_stop_between_the_save_of_an_epoch_and_its_row_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    end = Checkpoint.on_train_epoch_end

    def fail_after(self: Checkpoint, trainer: Trainer, model: LightningModule) -> None:
        end(self, trainer, model)
        if self.filename == "last" and trainer.current_epoch == 1:
            raise RuntimeError("for a test")

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "on_train_epoch_end", fail_after)
        run, _ = interrupted("broken")
    assert checkpoint(run)["global_step"] == 12
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=slow)])
def test_a_signal_saves_at_the_next_batch_and_stops(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    handlers = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, send(number))
        run, status = interrupted("broken", "checkpoint.every_n_steps=0")
    assert status == 128 + number
    assert handlers == [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    assert checkpoint(run)["global_step"] == 9
    assert "To continue: python train.py resume=" in (run / "train.log").read_text()
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


def test_a_second_ctrl_c_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(model: Supervised) -> None:
        for _ in range(2):
            send(signal.SIGINT)(model)
            time.sleep(0.01)

    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, twice)
        run, status = interrupted("broken", "checkpoint.every_n_steps=0")
    assert status == 130
    assert checkpoint(run)["global_step"] == 6


@pytest.mark.slow
def test_a_signal_after_the_last_batch_stops_before_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    with monkeypatch.context() as patch:
        at_call(patch, "on_train_epoch_end", 3, send(signal.SIGTERM))
        run, status = interrupted("broken")
    assert status == 143
    assert not (run / "test").exists()
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


def test_max_time_saves_and_tests_the_best_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    def over(model: Supervised) -> None:
        model.trainer.time_limit = 0.0  # type: ignore[attr-defined]

    words = "trainer.max_time=00:01:00:00"
    straight = run_train(*WORDS, "name=straight", words)
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, over)
        run = run_train(*WORDS, "name=limited", words)
    assert checkpoint(run)["global_step"] == 9
    assert (run / "test" / "metrics.json").is_file()
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


@pytest.mark.slow
def test_a_run_that_was_never_saved_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 2, fail)
        run, _ = interrupted("broken", "checkpoint.every_n_steps=0")
    assert not (run / "checkpoints" / "last.ckpt").exists()
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


@pytest.mark.slow
def test_saving_changes_nothing_of_what_is_trained() -> None:
    assert_equal_runs(run_train(*WORDS, "name=seldom"), run_train(*WORDS, "name=often", "checkpoint.every_n_steps=1"))


@pytest.mark.slow
def test_a_save_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, fail)
        run, _ = interrupted("broken", "checkpoint.every_n_steps=0", "checkpoint.every_n_minutes=1e-9")
    assert checkpoint(run)["global_step"] == 8


@pytest.mark.slow
def test_other_surroundings_are_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, fail)
        run, _ = interrupted("broken")
    torch.set_num_threads(2)
    try:
        run_train(f"resume={run}")
    finally:
        torch.set_num_threads(1)
    assert "The resumed run goes on with other digits: threads 1, now 2." in (run / "train.log").read_text()
    assert len(epochs(run)) == 3
