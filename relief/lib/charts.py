"""Geometry of the charts; templates/components/charts draws them.

Bars are measured in percent of their track, text keeps its own size: the same chart fits a phone, a
wide screen and paper, and needs no script. Every chart has a sentence that says the conclusion and,
beside it, its numbers as a table. A missing value (None) is 未报: no bar, and in no sum.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, log10

Number = int | Decimal
Formatter = Callable[[Number], str]

#: A value above zero shows at least this much, or it looks like nothing.
LEAST_PERCENT = 0.5
MISSING = "未报"


def plain(value: Number) -> str:
    return f"{value:,}"


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One named value. `shown` replaces the number where the source says 近 10,000 or 2,000 余."""

    label: str
    value: Number | None
    url: str = ""
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class Bar:
    label: str
    shown: str
    percent: str
    url: str = ""
    is_missing: bool = False


@dataclass(frozen=True, kw_only=True)
class BarChart:
    title: str
    unit: str
    sentence: str
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class Part:
    series: int
    label: str
    shown: str
    x: str
    percent: str


@dataclass(frozen=True, kw_only=True)
class StackRow:
    label: str
    shown: str
    percent: str
    parts: Sequence[Part]
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class StackChart:
    title: str
    unit: str
    sentence: str
    legend: Sequence[tuple[int, str, str]]
    rows: Sequence[StackRow]


@dataclass(frozen=True, kw_only=True)
class Tick:
    percent: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, kw_only=True)
class LineChart:
    title: str
    unit: str
    sentence: str
    line: str
    area: str
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    points: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Progress:
    done: int
    total: int
    percent: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    label: str
    now: Bar
    before: Bar
    change: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class PairChart:
    title: str
    unit: str
    now_label: str
    before_label: str
    sentence: str
    pairs: Sequence[Pair]


def bar_chart(
    title: str, data: Sequence[Datum], *, unit: str, formatter: Formatter = plain
) -> BarChart:
    """Horizontal bars in the given order."""
    top = max((datum.value for datum in data if datum.value is not None), default=0)
    bars = [_bar(datum, top, formatter) for datum in data]
    return BarChart(title=title, unit=unit, sentence=_ranking(title, data, bars, unit), bars=bars)


def stack_chart(
    title: str,
    series: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Number]]],
    *,
    unit: str,
    formatter: Formatter = plain,
) -> StackChart:
    """One bar per row, cut by series; all bars share one scale."""
    top = max((sum(values) for _, values in rows), default=0)
    totals = [sum(values[number] for _, values in rows) for number in range(len(series))]
    legend = [(n, name, formatter(totals[n])) for n, name in enumerate(series)]
    said = "，".join(f"{name} {shown} {unit}" for _, name, shown in legend)
    return StackChart(
        title=title,
        unit=unit,
        sentence=f"{title}。合计 {formatter(sum(totals))} {unit}：{said}。",
        legend=legend,
        rows=[
            StackRow(
                label=label,
                shown=formatter(sum(values)),
                percent=_percent(sum(values), top),
                parts=_parts(series, values, top, formatter),
            )
            for label, values in rows
        ],
    )


def line_chart(
    title: str,
    points: Sequence[tuple[str, Number]],
    *,
    unit: str,
    formatter: Formatter = plain,
) -> LineChart:
    """A line from left to right at even steps, for sums that grow day by day."""
    step = _nice_step(max((value for _, value in points), default=0))
    top = step * max(1, ceil(max((value for _, value in points), default=0) / step))
    last = max(1, len(points) - 1)
    xs = [index * 100 / last for index in range(len(points))]
    ys = [100 - float(value) * 100 / top for _, value in points]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in zip(xs, ys, strict=True))
    every = ceil(len(points) / 5)
    sentence = f"{title}。"
    if points:
        label, value = points[-1]
        sentence += f"到 {label} 共 {formatter(value)} {unit}。"
    return LineChart(
        title=title,
        unit=unit,
        sentence=sentence,
        line=line,
        area=f"0,100 {line} {xs[-1]:.2f},100" if points else "",
        x_ticks=[
            Tick(percent=f"{xs[index]:.2f}", label=points[index][0], anchor=_anchor(xs[index]))
            for index in range(0, len(points), every)
        ]
        if points
        else [],
        y_ticks=[
            Tick(percent=f"{100 - level * 100 / top:.2f}", label=plain(level))
            for level in range(0, top + 1, step)
        ],
        points=[(label, formatter(value)) for label, value in points],
    )


def progress(done: int, total: int, *, unit: str) -> Progress:
    """How far; cut off, so that 100 % means all of them."""
    percent = done * 100 // total if total else 0
    sentence = f"{total:,} {unit}中已完成 {done:,} {unit}，{percent}%"
    return Progress(done=done, total=total, percent=min(percent, 100), sentence=sentence)


def pair_chart(
    title: str,
    rows: Sequence[tuple[str, Number | None, Number | None]],
    *,
    labels: tuple[str, str],
    unit: str,
    formatter: Formatter = plain,
) -> PairChart:
    """This year above last year, with the change in words. `rows`: label, now, before."""
    values = [value for _, now, before in rows for value in (now, before) if value is not None]
    top = max(values, default=0)
    pairs = [
        Pair(
            label=label,
            now=_bar(Datum(label=labels[0], value=now), top, formatter),
            before=_bar(Datum(label=labels[1], value=before), top, formatter),
            change=_change(now, before),
        )
        for label, now, before in rows
    ]
    said = "；".join(f"{pair.label} {pair.now.shown}（{pair.change}）" for pair in pairs)
    return PairChart(
        title=title,
        unit=unit,
        now_label=labels[0],
        before_label=labels[1],
        sentence=f"{title}，单位{unit}。{said}。",
        pairs=pairs,
    )


def _bar(datum: Datum, top: Number, formatter: Formatter) -> Bar:
    if datum.value is None:
        return Bar(label=datum.label, url=datum.url, shown=MISSING, percent="0", is_missing=True)
    return Bar(
        label=datum.label,
        url=datum.url,
        shown=datum.shown or formatter(datum.value),
        percent=_percent(datum.value, top),
    )


def _percent(value: Number, top: Number) -> str:
    if not top or value <= 0:
        return "0"
    return f"{max(float(value) * 100 / float(top), LEAST_PERCENT):.2f}"


def _parts(
    series: Sequence[str], values: Sequence[Number], top: Number, formatter: Formatter
) -> list[Part]:
    parts, x = [], 0.0
    for number, (name, value) in enumerate(zip(series, values, strict=True)):
        width = float(value) * 100 / float(top) if top else 0.0
        if width > 0:
            parts.append(
                Part(
                    series=number,
                    label=name,
                    shown=formatter(value),
                    x=f"{x:.2f}",
                    percent=f"{width:.2f}",
                )
            )
        x += width
    return parts


def _ranking(title: str, data: Sequence[Datum], bars: Sequence[Bar], unit: str) -> str:
    """The conclusion for those who do not see the bars: the three largest by name."""
    told = [(datum.value, bar) for datum, bar in zip(data, bars, strict=True) if datum.value]
    if not told:
        return f"{title}。还没有数字。"
    first, *others = [bar for _, bar in sorted(told, key=lambda pair: pair[0], reverse=True)[:3]]
    sentence = f"{title}。{first.label}最多，{first.shown} {unit}"
    if others:
        sentence += "；其次" + "、".join(f"{bar.label} {bar.shown} {unit}" for bar in others)
    missing = sum(bar.is_missing for bar in bars)
    return f"{sentence}。" + (f"{missing} 个未报。" if missing else "")


def _change(now: Number | None, before: Number | None) -> str:
    if now is None:
        return "今年未报"
    if not before:
        return "去年没有"
    tenths = round((now - before) * 1000 / before)
    if tenths == 0:
        return "持平"
    return f"{'增' if tenths > 0 else '减'} {abs(tenths) / 10:.1f}%"


def _nice_step(top: Number) -> int:
    """1, 2 or 5 times a power of ten, so that about four lines cover the height."""
    if top <= 4:
        return 1
    rough = float(top) / 4
    power = int(10 ** int(log10(rough)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _anchor(x: float) -> str:
    return "end" if x >= 99.9 else "middle"
