"""What TensorBoard shows, asked of TensorBoard itself."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

import numpy as np
import pytest
import torch
from PIL import Image
from project import SIX_STEPS, Train
from tensorboard import default, program

from my_project.engine.callbacks.activations import before_last_layer, thumbnails
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.definitions.presentation import Presentation

ALL = {"scalars", "images", "histograms", "graphs", "projector", "pr_curves"}
WORDS = (*SIX_STEPS, "logger=tensorboard", "callback=[default,tensorboard]")


@pytest.fixture
def server() -> Iterator[Any]:
    """Starts TensorBoard on a folder; returns what asks it for data."""

    def start(folder: Path) -> Any:
        board = program.TensorBoard(default.get_plugins())
        board.configure(
            argv=["", "--logdir", str(folder), "--port", "0", "--load_fast", "false", "--reload_interval", "0"]
        )
        address = board.launch()
        direct = build_opener(ProxyHandler({}))

        def ask(path: str) -> Any:
            with direct.open(f"{address}data/{path}") as prediction:
                return json.load(prediction)

        return ask

    return (yield start)


@pytest.mark.slow
def test_every_board_has_data(train: Train, server: Any) -> None:
    boards = [f"callback.tensorboard.{word}" for word in ("every_n_epochs=2", "count=30")]
    folder = train(*WORDS, "trainer.max_epochs=3", *boards)
    pipeline = load(folder / "checkpoints/last.ckpt")
    decides = type(pipeline.definition.presentation()).one_vs_rest is not Presentation.one_vs_rest
    expected = ALL if decides else ALL - {"pr_curves"}
    ask = server(folder)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        active = {name for name, plugin in ask("plugins_listing").items() if plugin["enabled"]}
        if expected <= active:
            break
        time.sleep(0.1)
    assert active & ALL == expected
    weights = {f"weights/{name}" for name, _ in pipeline.network.named_parameters()}
    gradients = {name.replace("weights/", "gradients/") for name in weights}
    ((run, histograms),) = ask("plugin/histograms/tags").items()
    assert set(histograms) == weights | gradients
    steps = {
        int(step) for _, step, _ in ask(f"plugin/histograms/histograms?run={quote(run)}&tag={quote(min(weights))}")
    }
    assert steps == {6, 9}, "after epoch 2, and at the end"
    (images,) = ask("plugin/images/tags").values()
    assert {"predictions", "samples", "predictions_before_train", "predictions_before_val"} <= set(images)
    (embedding,) = ask("plugin/projector/runs")[:1]
    config = ask(f"plugin/projector/info?run={quote(embedding)}")
    assert [item["tensorName"] for item in config["embeddings"]] == ["last layer:00006", "last layer:00009"]
    assert config["embeddings"][0]["tensorShape"][0] == 30
    if decides:
        (tags,) = ask("plugin/pr_curves/tags").values()
        assert len(tags) == pipeline.definition.sizes()["classes"]
        (curve,) = ask(f"plugin/pr_curves/pr_curves?run={quote(run)}&tag={quote(min(tags))}").values()
        assert curve[-1]["step"] == 9
        assert curve[-1]["recall"][0] == 1, "at threshold 0 every sample is a yes"


@pytest.mark.slow
def test_the_boards_change_nothing_of_what_is_trained(train: Train, trained_with: Train) -> None:
    runs = train(*WORDS, "callback.tensorboard.every_n_epochs=1"), trained_with()
    states = [torch.load(run / "checkpoints/last.ckpt", weights_only=True)["state_dict"] for run in runs]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_without_its_logger_the_callback_is_refused(train: Train) -> None:
    with pytest.raises(SystemExit, match=r"needs a TensorBoard logger, .* add one"):
        train(*WORDS, "logger=csv")
    assert not list(Path("logs").glob("*/*"))


def test_what_enters_the_last_layer_gives_its_answer(trained_with: Train) -> None:
    pipeline = load(trained_with() / "checkpoints/last.ckpt")
    kind, sizes = pipeline.definition.Input, pipeline.definition.sizes()
    from my_project.engine.definitions.check import axes

    shapes = [[sizes.get(axis, 5) for axis in axes(kind, field)] for field in kind._fields]
    food = kind(*(torch.rand(shape) for shape in shapes))
    points = before_last_layer(pipeline, food)
    assert points is not None
    layer = [module for module in pipeline.network.modules() if isinstance(module, torch.nn.Linear)][-1]
    with pipeline.evaluating():
        assert torch.allclose(layer(points), pipeline(food)[0])
    assert not layer._forward_pre_hooks


def test_thumbnails_are_the_images_of_the_input() -> None:
    image = torch.zeros(2, 1, 10, 20, dtype=torch.uint8)
    image[1] = 255
    small = thumbnails((torch.rand(2, 3), image))
    assert small is not None
    assert small.shape == (2, 3, 20, 20)
    assert (small[0] == 0).all()
    assert (small[1] == 1).all()
    assert thumbnails((torch.rand(2, 3),)) is None


@pytest.mark.slow
def test_pictures_reach_tensorboard_as_they_lie_in_the_folder(train: Train) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    often = [f"callback.{name}.every_n_epochs=1" for name in ("pictures", "evaluation")]
    words = (*SIX_STEPS, "logger=tensorboard", "report=true", "callback=[default,log_samples]", *often)
    folder = train(*words, "trainer.max_epochs=2")
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    shown = {name: events.Images(name)[-1] for name in events.Tags()["images"]}
    charts = {f"validation/{path.stem}": path for path in (folder / "pictures/validation").glob("*.png")}
    files = charts | {path.stem: path for path in (folder / "pictures").glob("*.png")}
    assert charts
    assert shown.keys() == files.keys()
    assert "worst" in shown
    assert len(events.Images(min(charts))) == 2, "once an epoch"
    assert len(events.Tensors("samples_to_read/text_summary")) == 2
    for name, path in files.items():
        height, width = np.asarray(Image.open(path)).shape[:2]
        assert (shown[name].height, shown[name].width) == (height, width)
