"""Tables that come with scikit-learn; every fifth row is a test row."""

from typing import Any

import polars as pl

from ..engine.datasets.dataset import SplitName
from .target_rows import ClassRows, NumberRows

TARGET = "target"


def _part(bunch: Any, split: SplitName) -> pl.DataFrame | None:
    """Rows of a split, with the target (a class name or a number) in the column `target`."""
    if split == "val":
        return None
    names = bunch.get("target_names")
    target = [float(value) if names is None else str(names[value]) for value in bunch.target]
    columns = [name.replace(" ", "_") for name in bunch.feature_names]
    table = pl.DataFrame(bunch.data, schema=columns).with_columns(pl.Series(TARGET, target))
    is_test = pl.int_range(pl.len()) % 5 == 0
    return table.filter(is_test if split == "test" else ~is_test)


class BreastCancer(ClassRows):
    """569 tumours: 30 measures of their cells; malignant or benign (Wolberg et al., 1995)."""

    target = TARGET

    def __init__(self) -> None:
        super().__init__()

    def read(self, split: SplitName) -> pl.DataFrame | None:
        from sklearn.datasets import load_breast_cancer

        return _part(load_breast_cancer(), split)


class Wine(ClassRows):
    """178 wines: 13 chemical measures; one of three growers (Forina et al., 1991)."""

    target = TARGET

    def __init__(self) -> None:
        super().__init__()

    def read(self, split: SplitName) -> pl.DataFrame | None:
        from sklearn.datasets import load_wine

        return _part(load_wine(), split)


class Diabetes(NumberRows):
    """442 patients: 10 measures; progression of the disease after a year, from 25 to 346 (Efron et al., 2004)."""

    target = TARGET

    def __init__(self) -> None:
        super().__init__()

    def read(self, split: SplitName) -> pl.DataFrame | None:
        from sklearn.datasets import load_diabetes

        return _part(load_diabetes(), split)
