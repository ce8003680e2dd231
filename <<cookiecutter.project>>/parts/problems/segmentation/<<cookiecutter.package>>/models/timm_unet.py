"""U-Net whose encoder is a model of timm."""

from typing import Annotated, Any

from annotated_types import Interval
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..definitions.segmentation import Segmentation
from .pretrained import report
from .timm_library import check_name, create
from .unet import Decoder


class TimmUNet(nn.Module):
    """Features of the timm model `name` at its first `levels` resolutions, joined as in a U-Net.

    Raises:
        InputError: timm is not installed, has no such model, or the model gives no such features.
    """

    def __init__(
        self,
        definition: Segmentation,
        name: str = "resnet10t",
        levels: Annotated[int, Interval(ge=2, le=5)] = 4,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        check_name(name)
        self.name, self.pretrained = name, pretrained
        self.arguments: dict[str, Any] = {
            "features_only": True, "out_indices": tuple(range(levels)), "in_chans": definition.channels
        }  # fmt: skip
        self.encoder = create(name, False, self.arguments)
        features: Any = self.encoder.feature_info
        channels: list[int] = features.channels()
        self.decoder = Decoder(channels)
        self.head = nn.Conv2d(channels[0], len(definition.classes), 1)

    def initialize(self) -> None:
        """Load pretrained weights of the encoder if `pretrained`."""
        if self.pretrained:
            state = create(self.name, True, self.arguments).state_dict()
            self.encoder.load_state_dict(state)
            report(len(state), [])

    def forward(self, image: Tensor) -> Tensor:
        logits = self.head(self.decoder(list(self.encoder(image))))
        return interpolate(logits, image.shape[-2:], mode="bilinear")
