"""Networks of torchvision and timm: their forms, their pretrained weights."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
import torchvision
from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import QUICK, ROOT, Train, network_weights, options
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from my_project.definitions.image_classification import ImageClassification
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.models.resnet import ResNet
from my_project.models.timm import Timm
from my_project.models.vgg import VGG


def facts(side: int, channels: int = 1, classes: int = 10) -> ImageClassification:
    return ImageClassification(tuple(map(str, range(classes))), channels, side, side)


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


def test_resnet_with_the_weights_of_the_original_answers_as_it_does() -> None:
    original = torchvision.models.resnet18().eval()
    network = ResNet(facts(64, channels=3, classes=1000)).eval()
    network.load_state_dict(original.state_dict())
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(network(images), original(images))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for weights, and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # else it tries again for 47 s
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub/hub/checkpoints"


WITHOUT_STEPS = (
    *QUICK,
    "~callback.pictures",
    "trainer.max_epochs=1",
    "scheduler=constant",
    "optimizer=sgd",
    "optimizer.lr=0",
)


def test_pretrained_weights_are_taken_as_far_as_they_fit(train: Train, hub: Path) -> None:
    weights = torchvision.models.resnet18().state_dict()
    hub.mkdir(parents=True)
    file = hub / "resnet18-f37072fd.pth"
    torch.save(weights, file)
    folder = train(*WITHOUT_STEPS, "network=resnet18", "network.pretrained=true")
    found = network_weights(folder)
    for name, _ in torchvision.models.resnet18().named_parameters():
        if name == "conv1.weight":  # of gray images
            assert torch.equal(found[name], weights[name].sum(1, keepdim=True))
        elif not name.startswith("fc."):
            assert torch.equal(found[name], weights[name]), name
    said = (folder / "train.log").read_text()
    assert "120 tensors loaded; not loaded, initialized randomly: fc.weight, fc.bias" in said

    file.unlink()  # neither a checkpoint nor a resumed run asks for it
    network: Any = load(folder / "checkpoints/last.ckpt").network
    assert network.pretrained
    train(f"resume={folder}", "trainer.max_epochs=2")
    assert torch.equal(network_weights(folder)["conv1.weight"], found["conv1.weight"])


def test_without_a_network_the_file_and_its_place_are_named(train: Train, hub: Path) -> None:
    with pytest.raises(SystemExit, match=r"weights of vgg16_bn cannot be fetched .*pretrained=false") as stopped:
        train(*QUICK, "network=vgg16", "network.pretrained=true")
    assert f"vgg16_bn-6c64b313.pth into {hub}" in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert not Path("logs").exists()
    (hub / "vgg16_bn-6c64b313.pth").write_text("a page that says: not found")
    with pytest.raises(SystemExit, match="weights of vgg16_bn cannot be read"):
        train(*QUICK, "network=vgg16", "network.pretrained=true")


def test_timm_takes_pretrained_weights_from_a_file(train: Train, tmp_path: Path) -> None:
    weights = timm.create_model("test_resnet").state_dict()
    torch.save(weights, tmp_path / "x.pth")
    words = ("network=timm", "network.name=test_resnet", "network.pretrained=true")
    file = f"+network.arguments.pretrained_cfg_overlay.file={tmp_path / 'x.pth'}"
    folder = train(*WITHOUT_STEPS, *words, file)
    found = network_weights(folder)
    assert torch.allclose(found["model.conv1.0.weight"], weights["conv1.0.weight"].sum(1, keepdim=True), atol=1e-6)
    assert torch.equal(found["model.layer4.0.conv1.weight"], weights["layer4.0.conv1.weight"])
    assert "not loaded, initialized randomly: model.fc.weight, model.fc.bias" in (folder / "train.log").read_text()
    (tmp_path / "x.pth").unlink()
    assert load(folder / "checkpoints/last.ckpt")


def test_timm_without_a_network_is_one_sentence(train: Train, hub: Path) -> None:
    with pytest.raises(SystemExit, match=r"weights of test_resnet are unavailable .*pretrained_cfg_overlay") as stopped:
        train(*QUICK, "network=timm", "network.name=test_resnet", "network.pretrained=true")
    assert "\n" not in str(stopped.value)
    assert not Path("logs").exists()


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
