"""Models of timm (PyTorch Image Models)."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification
from .pretrained import report
from .timm_library import check_name, create, library


class Timm(nn.Module):
    """The model `name` with the definition's channels and classes, and its image size if the model needs a fixed one.

    `arguments`: more arguments of `timm.create_model`, for example `{drop_rate: 0.1}` or, for a vision transformer on
    small images, `{patch_size: 4}`.

    Raises:
        InputError: timm is not installed, has no such model, or rejects the arguments.
    """

    def __init__(
        self,
        definition: ImageClassification,
        name: str = "resnet10t",
        pretrained: bool = False,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.name, self.pretrained, self.classes = name, pretrained, len(definition.classes)
        check_name(name)
        self.arguments: dict[str, Any] = {"in_chans": definition.channels, "num_classes": self.classes}
        if getattr(library().get_pretrained_cfg(name), "fixed_input_size", False):
            self.arguments["img_size"] = (definition.height, definition.width)
        self.arguments |= arguments or {}
        self.model = create(name, False, self.arguments)

    def initialize(self) -> None:
        """Load pretrained weights if `pretrained`; timm adapts them to channels and image size."""
        if not self.pretrained:
            return
        model: Any = create(self.name, True, self.arguments)
        self.model.load_state_dict(model.state_dict())
        config, state = model.pretrained_cfg, model.state_dict()
        heads = config["classifier"] if config["num_classes"] != self.classes else ()
        heads = tuple(f"{name}." for name in ((heads,) if isinstance(heads, str) else heads))
        fresh = [f"model.{name}" for name in state if name.startswith(heads)] if heads else []
        report(len(state) - len(fresh), fresh)

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.model(image)
        return logits
