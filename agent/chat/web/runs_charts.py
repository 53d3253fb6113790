"""The charts of runs as options of ECharts. Everything is drawn on a canvas: no word in them can become markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...bench.report.chart import Given, Group
from ...evolve.records import Candidate
from ...evolve.report.axis import Axis, axis
from ...evolve.report.view import RunView, bests, seed_score
from ...wording import shorten

Options = dict[str, Any]
_ROW = 34
"""Pixels of a row of shares."""


def _ink(name: str) -> str:
    """A color of the style, as it is when the chart is drawn: it is another one in the dark."""
    return f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()"


def _axis(**more: Any) -> Options:
    return {
        "axisLine": {"lineStyle": {":color": _ink("rule")}},
        "axisTick": {"show": False},
        "axisLabel": {":color": _ink("quiet"), "hideOverlap": True},
        "splitLine": {"lineStyle": {":color": _ink("rule")}},
        "nameTextStyle": {":color": _ink("quiet")},
        **more,
    }


def _tooltip(**more: Any) -> Options:
    # As rich text it is drawn, never parsed.
    return {
        "renderMode": "richText",
        "confine": True,
        ":backgroundColor": _ink("field"),
        ":borderColor": _ink("rule"),
        "textStyle": {":color": _ink("ink"), "fontSize": 13},
        **more,
    }


_SIDES: Options = {"left": 64, "right": 16}

# Evolution ------------------------------------------------------------------------------------------------------------

_WHO = (
    "(p) => p.value && p.value.length > 2 ? `#${p.value[0]} · ${p.value[2]}`"
    " + (p.value[3] == null ? '' : ` · ${+p.value[3].toPrecision(6)}`) : ''"
)


def progress(view: RunView) -> Options:
    """The best score so far as a line, all with a score as dots, and in a strip of their own those without one."""
    scale = axis(view) if view.ranked else Axis(0.0, 1.0, False)
    last = max((each.number for each in view.candidates), default=1) or 1
    within = [each for each in view.candidates if each.score is not None and scale.holds(each.score)]
    beyond = [each for each in view.candidates if each.score is not None and not scale.holds(each.score)]
    failed = [each for each in view.candidates if each.score is None]
    return {
        "animation": False,
        "grid": [_SIDES | {"top": 12, "bottom": 72}, _SIDES | {"bottom": 40, "height": 20}],
        "tooltip": _tooltip(trigger="item", **{":formatter": _WHO}),
        "xAxis": [
            _axis(type="value", min=0, max=last, gridIndex=0, axisLabel={"show": False}, splitLine={"show": False}),
            _axis(
                type="value", min=0, max=last, gridIndex=1, minInterval=1, splitLine={"show": False},
                name="candidate", nameLocation="middle", nameGap=24,
            ),
        ],
        "yAxis": [_scores(scale), _axis(type="value", min=0, max=1, gridIndex=1, show=False)],
        "series": [
            _dots("scored", [_dot(each, each.score) for each in within], symbolSize=5, itemStyle=_fill("dot")),
            _dots(
                "beyond the axis", [_dot(each, _edge(scale, each)) for each in beyond],
                symbol="triangle", symbolSize=8, itemStyle=_fill("dot"),
            ),
            _best(view, last),
            _dots(
                "no score", [[each.number, 0.5, _said(each), None] for each in failed],
                xAxisIndex=1, yAxisIndex=1, symbol="rect", symbolSize=[2, 12],
                itemStyle=_fill("red") | {"opacity": 0.7},
            ),
        ],
    }  # fmt: skip


def _scores(scale: Axis) -> Options:
    return _axis(
        type="log" if scale.log else "value",
        min=scale.low,
        max=scale.high,
        gridIndex=0,
        axisLabel={
            ":color": _ink("quiet"),
            "showMinLabel": False,
            "showMaxLabel": False,
            ":formatter": "(v) => { const n = +v.toPrecision(4), a = Math.abs(n);"
            " return a && (a >= 1e6 || a < 1e-4) ? n.toExponential() : String(n) }",
        },
    )


def _dots(name: str, data: Sequence[object], **more: Any) -> Options:
    return {"name": name, "type": "scatter", "data": data, **more}


def _fill(name: str) -> Options:
    return {":color": _ink(name)}


def _dot(each: Candidate, at: float | None) -> list[object]:
    return [each.number, at, _said(each), each.score]


def _said(each: Candidate) -> str:
    operator = shorten(each.operator, 30)
    return operator if each.ok else f"{operator} · {each.status}"


def _edge(scale: Axis, each: Candidate) -> float:
    return scale.high if each.score is not None and each.score > scale.high else scale.low


def _best(view: RunView, last: int) -> Options:
    lead = [_dot(each, each.score) for each in bests(view)]
    first = seed_score(view)
    return {
        "name": "best so far",
        "type": "line",
        "step": "end",
        "data": [*lead, [last, lead[-1][1]]] if lead else [],
        "symbol": "circle",
        "symbolSize": 7 if len(lead) <= 60 else 4,
        "showAllSymbol": True,
        "lineStyle": _fill("blue") | {"width": 2},
        "itemStyle": _fill("blue"),
        "markLine": {
            "silent": True,
            "z": 1,
            "symbol": "none",
            "label": {"show": False},
            "lineStyle": {":color": _ink("green"), "type": "dashed", "width": 1.5},
            "data": [] if first is None else [{"yAxis": first}],
        },
    }


# Benchmarks -----------------------------------------------------------------------------------------------------------


def shares(groups: Sequence[Group]) -> Options:
    """Accuracies with their intervals, a row each, the first at the top."""
    rows = [row for group in groups for row in group.rows]
    names = [shorten(name, 26) for name, _ in rows]
    mine = [(at, given) for at, (_, shares) in enumerate(rows) for given in shares if given.kind != "trivial"]
    others = [(at, given) for at, (_, shares) in enumerate(rows) for given in shares if given.kind == "trivial"]
    reach = [_interval(given) for _, given in mine]
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": _tooltip(trigger="item", **{":formatter": "(p) => p.name"}),
        "xAxis": _axis(type="value", min=0, max=100, axisLabel={":color": _ink("quiet"), "formatter": "{value} %"}),
        "yAxis": _axis(
            type="category", inverse=True, data=names,
            axisLabel={":color": _ink("ink"), "fontSize": 13, "interval": 0},
        ),
        "series": [
            _bar([(at, low, "") for (at, _), (low, _) in zip(mine, reach, strict=True)], {"color": "transparent"}),
            _bar(
                [(at, high - low, given.words) for (at, given), (low, high) in zip(mine, reach, strict=True)],
                _fill("dot") | {"borderRadius": 2},
            ),
            _dots("accuracy", [_share(at, given) for at, given in mine], symbolSize=10, itemStyle=_fill("blue")),
            _dots(
                "understands nothing", [_share(at, given) for at, given in others], symbolSize=9,
                itemStyle={"color": "transparent", ":borderColor": _ink("red"), "borderWidth": 2},
            ),
        ],
    }  # fmt: skip


def height(groups: Sequence[Group]) -> int:
    """Pixels that the chart of these shares needs."""
    return 56 + _ROW * sum(len(group.rows) for group in groups)


def _bar(rows: Sequence[tuple[int, float, str]], style: Mapping[str, Any]) -> Options:
    data = [{"value": [width, at], "name": words} for at, width, words in rows]
    silent = style.get("color") == "transparent"
    return {"type": "bar", "stack": "interval", "barWidth": 4, "itemStyle": style, "silent": silent, "data": data}


def _interval(given: Given) -> tuple[float, float]:
    interval, value = given.share.interval, given.share.value or 0.0
    return (100 * interval.low, 100 * interval.high) if interval else (100 * value, 100 * value)


def _share(at: int, given: Given) -> Options:
    value = None if given.share.value is None else 100 * given.share.value
    return {"value": [value, at], "name": given.words}
