"""Chart of a learning-rate range test."""

from matplotlib.figure import Figure

from ..training.rate_range import RateRange


def rate_chart(found: RateRange) -> Figure:
    """Smoothed loss over the learning rate, with the suggestion marked."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axis = figure.subplots()
    axis.plot(found.rates, found.losses)
    axis.axvline(found.suggestion, color="C1", linestyle="--", label=f"suggestion {found.suggestion:.2g}")
    axis.set(xscale="log", xlabel="learning rate", ylabel="loss (running mean)")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")  # texts are no formulas in this project
    axis.legend()
    axis.grid(alpha=0.3)
    return figure
