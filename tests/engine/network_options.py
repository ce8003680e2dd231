"""A network for the network options, and the words of a run."""

import torch
from project import QUICK
from torch import Tensor, nn

WORDS = (*QUICK, "scheduler=constant", "optimizer=sgd", "optimizer.lr=0.05")
FREEZE = r"network_options.freeze=['.*\.0\..*']"  # the first layer of each Sequential, in every network


class Net(nn.Module):
    """Blocks, in-place layers, dropout and running statistics."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(9):
            layers += [nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(inplace=True), nn.Dropout(0.1)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        prediction: Tensor = self.head(self.body(x))
        return prediction


def fresh() -> Net:
    """A network of equal weights at every call, in training mode."""
    torch.manual_seed(0)
    return Net().train()
