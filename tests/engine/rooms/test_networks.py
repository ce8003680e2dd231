"""Networks: their forms, for images of any size."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import QUICK, ROOT, Train, config_of, options
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from image_parts import facts
from my_project.datasets.digits import Digits
from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.errors import InputError
from my_project.engine.testing import data_and_pipeline
from my_project.models.resnet import ResNet
from my_project.models.timm import Timm
from my_project.models.tiny_vgg import TinyVGG
from my_project.models.vgg import VGG


@pytest.mark.parametrize("name", options("network"))
def test_a_step_of_every_network_on_28_gray_pixels_goes_downhill(name: str) -> None:
    torch.manual_seed(0)
    network = instantiate(OmegaConf.load(ROOT / f"configs/network/{name}.yaml"), _convert_="all")(facts(28)).train()
    images, labels = torch.randn(8, 1, 28, 28), torch.arange(8)

    def loss() -> Tensor:
        torch.manual_seed(1)  # of dropout
        return cross_entropy(network(images), labels)

    before = loss()
    before.backward()
    gradients = [parameter.grad for parameter in network.parameters()]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)
    assert sum(bool(gradient.any()) for gradient in gradients if gradient is not None) > len(gradients) / 2
    length = sum(gradient.square().sum() for gradient in gradients if gradient is not None)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= 0.01 * before / length * parameter.grad  # on a straight slope: 1 % less
    assert 0.98 * before < loss() < before


@pytest.mark.parametrize(
    ("side", "pooled", "stride"), [(224, True, 2), (32, True, 2), (31, False, 2), (28, False, 2), (8, False, 1)]
)
def test_resnet_leaves_out_what_would_shrink_a_small_image_to_nothing(side: int, pooled: bool, stride: int) -> None:
    network = ResNet(facts(side))
    assert isinstance(network.maxpool, nn.MaxPool2d) == pooled
    assert network.conv1.stride == (stride, stride)
    maps: list[Tensor] = []
    network.layer4.register_forward_hook(lambda *given: maps.append(given[-1]))
    network.eval()(torch.zeros(1, 1, side, side))
    assert maps[0].shape[-1] == max(1, -(-side // (8 * stride * (1 + pooled))))


@pytest.mark.parametrize(("side", "pools", "inputs"), [(64, 5, 2048), (32, 5, 512), (28, 4, 512), (8, 3, 512)])
def test_vgg_keeps_its_last_map_and_no_more(side: int, pools: int, inputs: int) -> None:
    network = VGG(facts(side)).eval()
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in network.features) == pools
    assert network.features(torch.zeros(1, 1, side, side)).flatten(1).shape[1] == inputs
    shapes = [list(layer.weight.shape) for layer in network.classifier if isinstance(layer, nn.Linear)]
    assert shapes == [[inputs, inputs], [inputs, inputs], [10, inputs]]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "vgg16", "vgg16_bn"])
def test_on_their_own_images_they_are_the_originals(name: str) -> None:
    with torch.device("meta"):
        original = getattr(torchvision.models, name)().state_dict()
        own: Any = {"resnet18": partial(ResNet, depth=18), "resnet50": partial(ResNet, depth=50)}
        make = own.get(name, partial(VGG, batch_norm=name.endswith("_bn")))
        ours = make(facts(224, channels=3, classes=1000)).state_dict()
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in original.items()}


def test_a_vision_transformer_gets_the_size_of_the_images() -> None:
    network: Any = Timm(facts(8, classes=3), "test_vit", arguments={"patch_size": 4})
    assert network.eval()(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
    assert network.model.patch_embed.img_size == (8, 8)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Timm(facts(8), "resnet10"), "timm has no such model, did you mean .*resnet10t"),
        (lambda: Timm(facts(8), "hf-hub:timm/resnet10t"), "timm has no such model"),
        (lambda: Timm(facts(8), "resnet10t.foo"), r"no such model, did you mean resnet10t or"),
        (lambda: Timm(facts(8), arguments={"dorp_rate": 0.1}), "cannot be created .*dorp_rate"),
    ],
)
def test_what_timm_has_not_is_refused(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        make()
    assert "\n" not in str(refused.value)


def test_without_timm_its_group_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(InputError, match="uv sync --group timm"):
        Timm(facts(8))


def test_tiny_vgg_has_the_published_size() -> None:
    network = TinyVGG(ImageClassification(tuple("0123456789"), channels=1, height=28, width=28))
    assert sum(parameter.numel() for parameter in network.parameters()) == 8616
    assert (len(list(network.parameters())), len(list(network.buffers()))) == (22, 15)


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "network").glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("channels", "height", "width", "classes"),
    [(1, 8, 8, 2), (3, 32, 20, 7), pytest.param(3, 224, 224, 100, marks=pytest.mark.slow)],
)
def test_every_network_fits_every_definition(path: Path, channels: int, height: int, width: int, classes: int) -> None:
    definition = ImageClassification(tuple(map(str, range(classes))), channels, height, width)
    network = instantiate(OmegaConf.load(path), _convert_="all")(definition)
    assert network.eval()(torch.zeros(2, channels, height, width)).shape == (2, classes)


def test_cnn_takes_its_layers_from_the_command_line(train: Train) -> None:
    folder = train(*QUICK, "network=cnn", "network.filters=[40,20]", "network.dense=[100]", "trainer.max_epochs=1")
    state = torch.load(folder / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
    shapes = [list(value.shape) for name, value in state.items() if name.endswith("weight")]
    assert shapes == [[40, 1, 2, 2], [20, 40, 2, 2], [100, 80], [10, 100]]


def test_a_field_that_the_network_wants_and_the_input_has_not_is_named() -> None:
    from my_project.engine.models.pipeline import Pipeline
    from my_project.transformers.probabilities import Probabilities

    class Wrong(nn.Module):
        def __init__(self, definition: ImageClassification) -> None:
            super().__init__()

        def forward(self, picture: Tensor) -> Tensor:
            return picture

    with pytest.raises(InputError, match=r"Wrong\.forward takes 'picture', but ImageInput has only image"):
        Pipeline(Digits().definition(), Wrong, lambda _: nn.Identity(), Probabilities)


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_activation_and_dropout_are_chosen(network: str) -> None:
    words = (f"network={network}", "network.activation=gelu", "network.dropout=0.25")
    _, pipeline = data_and_pipeline(config_of(*words))
    kinds = [type(module).__name__ for module in pipeline.network.modules()]
    assert "GELU" in kinds
    assert "ReLU" not in kinds
    assert [module.p for module in pipeline.network.modules() if isinstance(module, nn.Dropout)] == [0.25]
