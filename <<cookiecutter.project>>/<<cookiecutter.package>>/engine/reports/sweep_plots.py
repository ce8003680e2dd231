"""Plots of a sweep: its best score so far, and which words matter."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..definitions.plot import FAINT, TRAIN, Plot, Spec, axis, bars, layers, thinned
from ..sweeps.plan import Plan
from ..sweeps.results import Result
from .content import Chart

SHARE = "share (PED-ANOVA)"  # https://arxiv.org/abs/2304.10255


def progress(plan: Plan, scored: Sequence[Result]) -> Chart:
    """The score of each job, and the best one up to it."""
    order = sorted(scored, key=lambda each: each.number)
    scores = np.array([each.score for each in order], float)
    best = np.maximum.accumulate(scores) if plan.mode == "max" else np.minimum.accumulate(scores)
    rows: list[Spec] = [
        {"job": each.number, "score": float(f"{score:.6g}"), "best": float(f"{so_far:.6g}"), "state": each.state}
        for each, score, so_far in zip(order, scores, best, strict=True)
    ]
    jobs = {**axis("job", "job", nice=False), "axis": {"tickMinStep": 1}}
    tooltip = [{"field": field} for field in ("job", "score", "state")]
    point: Spec = {"type": "point", "filled": True, "size": 30, "color": FAINT}
    line: Spec = {"type": "line", "interpolate": "step-after", "color": TRAIN, "strokeWidth": 2}
    marks = [
        {"mark": point, "encoding": {"x": jobs, "y": axis("score", plan.metric), "tooltip": tooltip}},
        {"mark": line, "encoding": {"x": jobs, "y": axis("best", plan.metric)}},
    ]
    found = f"{best[0]:.4g} after job {order[0].number}, {best[-1]:.4g} after job {order[-1].number}"
    plot = Plot(
        "points: each job; line: the best so far", f"Best {plan.metric}: {found}.", layers(thinned(rows), *marks)
    )

    def figure() -> Figure:
        drawn = Figure(figsize=(6, 3.5), layout="constrained")
        axes = drawn.subplots()
        numbers = [each.number for each in order]
        axes.scatter(numbers, scores, s=12, color="gray")
        axes.step(numbers, best, where="post")
        axes.set(xlabel="job", ylabel=f"{plan.metric}, best so far as a line")
        return drawn

    return Chart([plot], figure)


def importances(weights: Mapping[str, float]) -> Chart:
    """Share of the differences between scores that each key explains, the greatest first."""
    names = sorted(weights, key=lambda name: -weights[name])
    said = ", ".join(f"{name} {weights[name]:.2f}" for name in names)
    rows = [{"key": name, SHARE: round(weights[name], 4)} for name in names]
    plot = Plot("", f"{SHARE}: {said}.", bars(rows, "key", SHARE, ".2f"))

    def figure() -> Figure:
        drawn = Figure(figsize=(6, 0.8 + 0.35 * len(names)), layout="constrained")
        axes = drawn.subplots()
        axes.bar_label(axes.barh(names[::-1], [weights[name] for name in names[::-1]]), fmt="%.2f", padding=3)
        axes.set(xlim=(0, 1.1), xlabel=SHARE)
        return drawn

    return Chart([plot], figure)
