"""How charts look that a program draws without saying how: the colours and the quiet axes of the desk. In the child."""

from __future__ import annotations

import ast
import importlib
from typing import Any

PYPLOT = "matplotlib.pyplot"
DRAWS = {"plt", "pyplot", "matplotlib", "plot", "hist", "boxplot"}
"""Names that tell a program draws."""
INK, INK2, LINE = "#18201B", "#4C564F", "#DDE1DA"
COLOURS = ("#4E8C72", "#1B6685", "#B07A1E", "#98235A", "#5847A6", "#7D857E")
GROUPED_FROM = 10_000
"""Figures on an axis have commas from here on: years have none."""
CHARACTER = 0.09
"""Inches that one character of a label takes, amply."""
LOOK = {
    "figure.figsize": (8.0, 4.4),
    "figure.dpi": 160,
    "font.size": 10,
    "axes.prop_cycle": f"cycler('color', {list(COLOURS)})",
    "axes.formatter.limits": (-4, 12),
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlecolor": INK,
    "axes.labelcolor": INK2,
    "axes.edgecolor": INK2,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "text.color": INK,
    "xtick.color": INK2,
    "ytick.color": INK2,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "legend.frameon": False,
}


def draws(tree: ast.AST) -> bool:
    """Whether a program may draw, by the names in it."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)) if name in DRAWS:
                return True
            case ast.Import(names=names) if any(one.name.partition(".")[0] in DRAWS for one in names):
                return True
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in DRAWS:
                return True
    return False


def dress() -> None:
    """Before the program: it may still choose another look."""
    importlib.import_module(PYPLOT).rcParams.update(LOOK)


def finish(figure: Any) -> None:
    """After it: quiet lines behind figures, commas in large ones, whole years, labels that lie down where they have room."""
    figure.canvas.draw()
    for axes in figure.axes:
        if axes.name == "rectilinear" and axes.get_frame_on():
            _rule(axes)
            _whole(axes)
            _group(axes)
            _lay_down(figure, axes)


def _rule(axes: Any) -> None:
    """Lines for the axis that measures, unless the program drew some or these are laid over others."""
    if axes.patch.get_visible() and not any(
        line.get_visible() for line in (*axes.get_xgridlines(), *axes.get_ygridlines())
    ):
        lying = any(getattr(bars, "orientation", "") == "horizontal" for bars in axes.containers)
        axes.grid(visible=True, axis="x" if lying else "y")


def _whole(axes: Any) -> None:
    """No halves between years, or whatever else is counted in whole steps."""
    steps = [value for line in axes.lines for value in line.get_xdata(orig=False)]
    if steps and _plain(axes.xaxis) and all(float(value).is_integer() for value in steps):
        axes.xaxis.get_major_locator().set_params(integer=True)


def _group(axes: Any) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        if _plain(axis) and max(map(abs, axis.get_view_interval())) >= GROUPED_FROM:
            axis.set_major_formatter(_grouped)


def _plain(axis: Any) -> bool:
    """Figures that the program left as they are."""
    return type(axis.get_major_formatter()).__name__ == "ScalarFormatter" and axis.get_scale() == "linear"


def _grouped(value: float, _position: int) -> str:
    return f"{value:,.10g}"


def _lay_down(figure: Any, axes: Any) -> None:
    labels = axes.get_xticklabels()
    longest = max((len(line) for label in labels for line in label.get_text().split("\n")), default=0)
    width = figure.get_figwidth() * axes.get_position().width
    if any(label.get_rotation() == 90 for label in labels) and len(labels) * (longest + 1) * CHARACTER <= width:
        axes.tick_params(axis="x", labelrotation=0)
