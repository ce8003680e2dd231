"""Replace me: post-processing of the network's output."""

from torch import nn

from ..definitions.my_problem import MyOutput, MyProblem


class MyPostprocess(nn.Module):
    """Convert the output to float32."""

    def __init__(self, definition: MyProblem) -> None:
        super().__init__()

    def forward(self, output: MyOutput) -> MyOutput:
        return MyOutput(output.y.float())
