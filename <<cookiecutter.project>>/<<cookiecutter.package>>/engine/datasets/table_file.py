"""Tables in files: CSV, Parquet or JSON lines."""

from pathlib import Path

import polars as pl

from ..core.errors import InputError, first_line

MISSING = ["", "NA", "N/A", "nan", "NaN", "null"]  # cells of a CSV file without a value


def read_table(path: Path, separator: str = ",", encoding: str = "utf-8") -> pl.DataFrame:
    """Read a .csv, .parquet or .jsonl file, with column types by all of its rows.

    Raises:
        InputError: the file cannot be read as such.
    """
    try:
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path, glob=False)
            case ".jsonl":
                return pl.read_ndjson(path, infer_schema_length=None)
            case ".csv":
                content = path.read_text("utf-8-sig" if encoding == "utf-8" else encoding).encode()
                return pl.read_csv(content, separator=separator, infer_schema_length=None, null_values=MISSING)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: add it, or correct its name in the dataset.") from error
    except (OSError, LookupError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"{path} cannot be read ({first_line(error)}): expected separator {separator!r} and encoding {encoding}."
        ) from error
    raise InputError(f"{path} is no table: expected a file that ends in .csv, .parquet or .jsonl.")
