"""Replace me: a small multi-layer perceptron."""

from typing import Annotated

from annotated_types import Ge
from torch import Tensor, nn

from ..definitions.my_problem import MyProblem


class MyNetwork(nn.Module):
    """Two hidden layers of `hidden` units, with tanh."""

    def __init__(self, definition: MyProblem, hidden: Annotated[int, Ge(1)] = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(definition.features, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, definition.outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y
