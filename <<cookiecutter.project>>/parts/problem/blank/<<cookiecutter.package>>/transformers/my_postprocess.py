"""Replace me: what is done to a prediction before it is an answer."""

from torch import nn

from ..definitions.my_problem import MyOutput, MyPrediction, MyProblem


class MyPostprocess(nn.Module):
    """The answer is the prediction, in full precision."""

    def __init__(self, definition: MyProblem) -> None:
        super().__init__()

    def forward(self, prediction: MyOutput) -> MyPrediction:
        return MyPrediction(prediction.y.float())
