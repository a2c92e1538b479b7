from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from relief.lib import charts

VALUES = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), max_size=12)


def data(*values):
    return [charts.Datum(label=f"单位{n}", value=value) for n, value in enumerate(values)]


def test_the_longest_bar_fills_the_track():
    bars = charts.bar_chart("人数", data(10_000, 5_000, 0), unit="人").bars
    assert [bar.percent for bar in bars] == ["100.00", "50.00", "0"]
    assert [bar.shown for bar in bars] == ["10,000", "5,000", "0"]


def test_a_small_value_is_still_seen():
    bars = charts.bar_chart("人数", data(10_000, 1), unit="人").bars
    assert float(bars[1].percent) == charts.LEAST_PERCENT


def test_missing_has_no_bar_and_says_so():
    chart = charts.bar_chart("人数", data(None, 3), unit="人")
    assert (chart.bars[0].shown, chart.bars[0].percent) == ("未报", "0")
    assert chart.sentence == "人数。单位1最多，3 人。1 个未报。"


def test_the_sentence_names_the_three_largest():
    chart = charts.bar_chart("人数", data(1, 30, 20, 10), unit="人")
    assert chart.sentence == "人数。单位1最多，30 人；其次单位2 20 人、单位3 10 人。"


def test_without_numbers_the_sentence_says_so():
    assert charts.bar_chart("人数", data(None, None), unit="人").sentence == "人数。还没有数字。"


@given(VALUES)
def test_bars_stay_on_their_track(values):
    bars = charts.bar_chart("人数", data(*values), unit="人").bars
    assert all(0 <= float(bar.percent) <= 100 for bar in bars)


def test_parts_of_a_stack_follow_one_another():
    chart = charts.stack_chart(
        "经费", ["甲", "乙"], [("东", [30, 70]), ("西", [0, 50])], unit="万元"
    )
    first, second = chart.rows[0].parts
    assert (first.x, first.percent, second.x, second.percent) == ("0.00", "30.00", "30.00", "70.00")
    assert [part.label for part in chart.rows[1].parts] == ["乙"]
    assert chart.legend == [(0, "甲", "30"), (1, "乙", "120")]


@given(st.lists(st.lists(st.decimals(0, 10**6, places=2), min_size=3, max_size=3), max_size=6))
def test_a_stack_is_as_long_as_its_sum(rows):
    chart = charts.stack_chart("经费", "甲乙丙", [("行", values) for values in rows], unit="元")
    for row in chart.rows:
        if row.parts:
            end = float(row.parts[-1].x) + float(row.parts[-1].percent)
            assert end == pytest.approx(sum(float(part.percent) for part in row.parts), abs=0.05)
            assert end <= 100.05


def test_a_line_runs_from_edge_to_edge():
    chart = charts.line_chart("累计", [("1日", 0), ("2日", 50), ("3日", 100)], unit="户")
    assert chart.line == "0.00,100.00 50.00,50.00 100.00,0.00"
    assert [tick.label for tick in chart.y_ticks] == ["0", "50", "100"]
    assert chart.sentence == "累计。到 3日 共 100 户。"


@given(st.lists(st.integers(0, 10**9), max_size=60))
def test_a_line_stays_in_its_frame(values):
    chart = charts.line_chart("累计", [(str(n), v) for n, v in enumerate(values)], unit="户")
    points = [point.split(",") for point in chart.line.split()]
    assert all(0 <= float(x) <= 100 and 0 <= float(y) <= 100 for x, y in points)
    assert len(chart.x_ticks) <= 5
    assert 2 <= len(chart.y_ticks) <= 6


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 0, 0), (12, 30, 40), (999, 1000, 99), (30, 30, 100)]
)
def test_progress_is_cut_off(done, total, percent):
    assert charts.progress(done, total, unit="户").percent == percent


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (110, 100, "增 10.0%"),
        (90, 100, "减 10.0%"),
        (100, 100, "持平"),
        (5, None, "去年没有"),
        (5, 0, "去年没有"),
        (None, 5, "今年未报"),
        (Decimal("1.5"), Decimal(1), "增 50.0%"),
    ],
)
def test_change_in_words(now, before, words):
    chart = charts.pair_chart("比", [("项", now, before)], labels=("今年", "去年"), unit="户")
    assert chart.pairs[0].change == words


def test_every_bar_with_an_address_is_a_link_and_has_its_number_in_the_table():
    bars = [charts.Datum(label="建国门街道", value=10, url="/units/1/", shown="近 10")]
    html = render_to_string(
        "components/charts/hbar.html", {"chart": charts.bar_chart("人数", bars, unit="人")}
    )
    assert 'href="/units/1/"' in html
    assert 'role="group"' in html
    assert html.count("近 10") >= 3  # the sentence, the bar, the table
