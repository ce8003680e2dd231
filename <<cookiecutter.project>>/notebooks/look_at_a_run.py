# %% [markdown]
# # Look at a run
# The newest run folder: its curves, its worst test samples, and predictions of its best checkpoint.
# VS Code and PyCharm run this file cell by cell; `uv run notebooks/look_at_a_run.py` runs it as a whole;
# `uvx jupytext --to ipynb notebooks/look_at_a_run.py` makes a Jupyter notebook of it.

# %%
import os

import matplotlib.pyplot as plt
import polars as pl

from <<cookiecutter.package>>.engine.checkpoints.runs import config_of
from <<cookiecutter.package>>.engine.core.paths import ROOT
from <<cookiecutter.package>>.engine.inference.predictor import Predictor
from <<cookiecutter.package>>.engine.training.factory import data_and_pipeline

os.chdir(ROOT)  # paths in configs are relative to it

# %% The newest run with a checkpoint. For another: RUN = ROOT / "logs/<name>/<time>-<suffix>"
runs = [path.parents[1] for path in ROOT.glob("logs/*/*/checkpoints/best.ckpt")]
if not runs:
    raise SystemExit(f"There is no trained run in {ROOT / 'logs'}: `uv run train.py` makes one.")
RUN = max(runs, key=lambda path: path.stat().st_mtime)
print(RUN.relative_to(ROOT))

# %% Curves: a row of metrics.csv is one step, and a column is empty where it was not logged.
metrics = pl.read_csv(RUN / "metrics.csv", infer_schema_length=None)
figure, axes = plt.subplots(figsize=(7, 4))
for column in ("train/loss", "val/loss"):
    logged = metrics.select("step", column).drop_nulls()
    axes.plot(logged["step"], logged[column], label=column)
axes.set_xlabel("step")
axes.legend()
plt.show()

# %% Test samples of the greatest loss.
worst = RUN / "test" / "worst.csv"
if worst.is_file():  # not with report=false
    print(pl.read_csv(worst).head(10))
for picture in sorted(RUN.glob("pictures/worst.png")):
    plt.figure(figsize=(9, 9))
    plt.axis("off")
    plt.imshow(plt.imread(picture))
    plt.show()

# %% Predictions of the best checkpoint for raw test samples. Your own files work as well: predictor.rows(["file.png"])
predictor = Predictor.load(str(RUN))
dataset = data_and_pipeline(config_of(RUN))[0].dataset
samples = dataset.samples(dataset.tokens("test"), predictor.definition)
inputs = [samples[index].input for index in range(5)]
print(pl.DataFrame(predictor.rows(inputs)))
