"""Any model of timm, the PyTorch image models of Ross Wightman."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError, first_line
from .pretrained import report

WHERE = "put a file of them anywhere and name it with +network.arguments.pretrained_cfg_overlay.file=<file>"


class Timm(nn.Module):
    """The model `name` with the definition's channels and classes, and its image size where the model has a fixed one.

    `arguments`: further ones of `timm.create_model`, for example `{drop_rate: 0.1}` or, for a vision transformer on
    small images, `{patch_size: 4}`.

    Raises:
        InputError: timm is not installed, has no such model, or refuses the arguments.
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
        if name not in names:  # nor a path or an address: making a network must not download
            near = get_close_matches(name, names, 3)
            hint = f"did you mean {' or '.join(near)}?" if near else "timm.list_models() has them all."
            raise InputError(f"network.name = {name}: timm has no such model, {hint}")
        self.arguments: dict[str, Any] = {"in_chans": definition.channels, "num_classes": self.classes}
        if getattr(timm.get_pretrained_cfg(name), "fixed_input_size", False):
            self.arguments["img_size"] = (definition.height, definition.width)
        self.arguments |= arguments or {}
        self.model = self._make(pretrained=False)

    def _make(self, pretrained: bool) -> nn.Module:
        try:
            model: nn.Module = _library().create_model(self.name, pretrained=pretrained, **self.arguments)
        except Exception as error:  # each model has its own ways
            what = (
                f"the pretrained weights of {self.name} cannot be had" if pretrained else f"{self.name} cannot be made"
            )
            raise InputError(
                f"network=timm: {what} with {self.arguments} ({first_line(error)})"
                + (f": {WHERE}, or train with network.pretrained=false." if pretrained else ".")
            ) from error
        return model

    def initialize(self) -> None:
        """Weights that others trained, where `pretrained` asks for them; timm fits them to channels and image size."""
        if not self.pretrained:
            return
        model: Any = self._make(pretrained=True)
        self.model.load_state_dict(model.state_dict())
        known, given = model.pretrained_cfg, model.state_dict()
        heads = known["classifier"] if known["num_classes"] != self.classes else ()
        heads = tuple(f"{name}." for name in ((heads,) if isinstance(heads, str) else heads))
        fresh = [f"model.{name}" for name in given if name.startswith(heads)] if heads else []
        report(len(given) - len(fresh), fresh)

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.model(image)
        return logits


def _library() -> Any:
    try:
        import timm
    except ImportError as error:
        raise InputError(
            "network=timm needs the package timm, which is not installed: uv sync --group timm."
        ) from error
    return timm
