"""Answers that are shown while they are made, one input after another: continuations of texts."""

from collections.abc import Callable, Iterator, Sequence

from ..core.errors import InputError
from ..definitions.example import example
from .inputs import Input
from .predict_files import Answers, Files, table_of
from .predictor import Columns, Predictor


def check_streaming(predictor: Predictor) -> None:
    """Check that a predictor makes its answers piece by piece.

    Raises:
        InputError: it does not, or it is an ensemble.
    """
    pipelines = predictor.ensemble.pipelines
    if not predictor.ensemble.first.streams():
        raise InputError(
            f"stream = true shows continuations of texts while they are made, but predictions of a "
            f"{type(predictor.definition).__name__} are made at once: leave stream out."
        )
    if len(pipelines) > 1:
        raise InputError(f"stream = true takes a single run, found {len(pipelines)}.")


def streamed(
    predictor: Predictor, files: Sequence[Input], top: int, show: Callable[[str], object]
) -> Iterator[Columns]:
    """Yield a table with the row of each input, equal to that of `tables`. `show` gets the name of the input, then each
    piece of its answer as soon as it is made, or its error.
    """
    names = list(predictor.columns(predictor.predict(example(predictor.definition, 1).input), top))
    for file in files:
        show(f"{file.name}\n")
        chunk = Files(predictor, [[file]])[0]
        prediction = None if chunk.input is None else predictor.predict(chunk.input, show)
        show(f"{chunk.errors.get(0, '')}\n\n")
        yield table_of(predictor, [file], Answers(prediction, chunk.errors), names, top)
