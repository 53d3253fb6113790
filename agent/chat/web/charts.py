"""An answer by index as bars."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from ...report.chart import Bars, bars
from ...solution import Solution
from ...wording import shorten
from .elements import el, put

_HEIGHT, _ROW = 60, 26
"""Pixels: of the axis, and of each bar."""


def build(solution: Solution) -> None:
    """Nothing where no answer tells more as bars than in its table."""
    found = bars(solution)
    if found is None:
        return
    with el("figure"):
        el("figcaption", f"{found.words}{f', in {found.unit}' if found.unit else ''}")
        chart = ui.echart(options(found), renderer="svg").classes("chart")
        chart.style(f"height: {_HEIGHT + _ROW * len(found.entries)}px")
        put(chart, role="img", aria_label=found.told)


def options(found: Bars) -> dict[str, Any]:
    """What ECharts is given. Keys that begin with a colon are ours: expressions, for colours that follow the page's."""
    quiet, ink, rule, blue = (_color(name) for name in ("--quiet", "--ink", "--rule", "--dot"))
    names = [shorten(name, 28) for name, _ in found.entries]
    return {
        "animation": False,
        # Names come from models and data: they are painted as text, never as HTML.
        "tooltip": {"renderMode": "richText", "trigger": "item"},
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "value",
            "axisLabel": {":color": quiet},
            "splitLine": {"lineStyle": {":color": rule}},
        },
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {":color": rule}},
            "axisLabel": {":color": ink},
        },
        "series": [
            {
                "type": "bar",
                "data": [{"value": value} for _, value in found.entries],
                "barMaxWidth": 18,
                "itemStyle": {":color": blue},
                "label": {"show": True, "position": "right", ":color": ink},
            }
        ],
    }


def _color(name: str) -> str:
    return f"getComputedStyle(document.documentElement).getPropertyValue('{name}').trim()"
