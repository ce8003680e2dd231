"""Pretrained weights of torchvision and timm."""

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
import torchvision
from project import QUICK, Train, network_weights

from image_parts import facts
from my_project.engine.checkpoints.checkpoint import load
from my_project.models.resnet import ResNet


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
    "trainer.max_epochs=1",
    "scheduler=constant",
    "optimizer=sgd",
    "optimizer.lr=0",
)


@pytest.mark.slow
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
