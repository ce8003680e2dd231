"""Models of timm (PyTorch Image Models)."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError, first_line
from .pretrained import report

FROM_FILE = "name a file of them in arguments: {pretrained_cfg_overlay: {file: <file>}}"


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
        timm = _library()
        names = [*timm.list_models(), *timm.list_pretrained()]
        if name not in names:  # a path or an address would be downloaded
            near = get_close_matches(name, names, 3)
            hint = f"did you mean {' or '.join(near)}?" if near else "timm.list_models() has them all."
            raise InputError(f"name = {name}: timm has no such model, {hint}")
        self.arguments: dict[str, Any] = {"in_chans": definition.channels, "num_classes": self.classes}
        if getattr(timm.get_pretrained_cfg(name), "fixed_input_size", False):
            self.arguments["img_size"] = (definition.height, definition.width)
        self.arguments |= arguments or {}
        self.model = self._make(pretrained=False)

    def _make(self, pretrained: bool) -> nn.Module:
        try:
            model: nn.Module = _library().create_model(self.name, pretrained=pretrained, **self.arguments)
        except Exception as error:  # of any class, depending on the model
            failure = f"with {self.arguments} ({first_line(error)})"
            if not pretrained:
                raise InputError(f"{self.name} cannot be created {failure}.") from error
            raise InputError(
                f"pretrained weights of {self.name} are unavailable {failure}: {FROM_FILE}, or use pretrained=false."
            ) from error
        return model

    def initialize(self) -> None:
        """Load pretrained weights if `pretrained`; timm adapts them to channels and image size."""
        if not self.pretrained:
            return
        model: Any = self._make(pretrained=True)
        self.model.load_state_dict(model.state_dict())
        config, state = model.pretrained_cfg, model.state_dict()
        heads = config["classifier"] if config["num_classes"] != self.classes else ()
        heads = tuple(f"{name}." for name in ((heads,) if isinstance(heads, str) else heads))
        fresh = [f"model.{name}" for name in state if name.startswith(heads)] if heads else []
        report(len(state) - len(fresh), fresh)

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.model(image)
        return logits


def _library() -> Any:
    try:
        import timm
    except ImportError as error:
        raise InputError("Timm needs the package timm, which is not installed: uv sync --group timm.") from error
    return timm
